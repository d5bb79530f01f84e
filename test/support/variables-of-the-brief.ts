/** What every sibling service is configured by too: whatever runs this one has to hand them on. */
export const variablesOfTheBrief = [
  'DATABASE_URL',
  'REDIS_URL',
  'GOOGLE_SHEETS_CREDENTIALS_PATH',
  'GOOGLE_MAPS_API_KEY',
  'YANDEX_MAPS_API_KEY',
  'RABBITMQ_URL',
  'MANAGEMENT_COMPANY_ID',
  'DEBUG',
  'LOG_LEVEL',
] as const;
