/** The variables that configure every sibling service too: whatever runs this service has to pass them on. */
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
