import type { JsonSchema } from '../../wire/codecs/codec.ts';

const rows = [
  [17, 'Ташкент, улица Навои, 30', false],
  ['0018', null, { date: '2026-01-31' }],
];

/** A valid body for each operation with a body, by its id: what `/docs` offers to send. */
export const requestExamples: Readonly<Record<string, JsonSchema>> = {
  geocodeAddress: { address: 'Ташкент, улица Амира Темура, 1', region: 'UZ', language: 'ru', limit: 1 },
  reverseGeocode: { latitude: 41.311081, longitude: 69.240562, language: 'en' },
  measureDistance: {
    origin: 'Ташкент',
    destination: { latitude: 39.6542, longitude: 66.9597 },
    mode: 'straight_line',
  },
  geocodeBatch: { addresses: ['Москва, ул. Тверская, 13', 'Toshkent'], limit: 1 },
  writeCells: { values: rows },
  readCellsOfRanges: { ranges: ['A1:C3', "'Заявки'!A:C"], value_render_option: 'UNFORMATTED_VALUE' },
  appendRows: { values: rows },
  writeCellsOfRanges: { data: [{ range: "'Заявки'!A2:C3", values: rows }] },
  registerService: {
    service_name: 'google_maps',
    service_type: 'geocoding',
    display_name: 'Google Maps API',
    api_key: 'YOUR-KEY',
    priority: 100,
    rate_limit_per_minute: 60,
    cost_per_call: '0.005',
  },
  changeService: { priority: 90, rate_limit_per_day: 2_000 },
  invalidateCache: { operation: 'geocode' },
  issueToken: { name: 'request-service', scopes: ['geocoding', 'sheets'] },
  replayDelivery: { reason: 'the consumer lost it' },
  startReplay: {
    filter: { source: 'github', from: '2026-11-26T00:00:00Z', to: '2026-11-26T06:00:00Z' },
    reason: 'the consumer was down',
    dry_run: true,
  },
  tryDelivery: { headers: [['X-GitHub-Event', 'push']], body: '{"action":"opened"}' },
  createWebhook: {
    webhook_name: 'our repository',
    source_service: 'github',
    event_types: ['push', 'issues'],
  },
  changeWebhook: { status: 'paused' },
  rotateWebhookSecret: { overlap_seconds: 3_600 },
  rotateWebhookToken: { overlap_seconds: 3_600 },
};
