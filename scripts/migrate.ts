// DATABASE_URL=… node scripts/migrate.ts: brings a database's tables up to date.
import { migrate } from './stack/migrate.ts';

const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  console.error('DATABASE_URL is not set');
  process.exit(2);
}
await migrate(DATABASE_URL);
console.log('migrated');
