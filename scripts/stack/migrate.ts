import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as runMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { ROOT } from './paths.ts';

/** Any number that nothing else locks: two stacks on one database migrate one after the other. */
const MIGRATION_LOCK = 7_305_114_009;

export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await runMigrations(drizzle(client), { migrationsFolder: path.join(ROOT, 'db', 'migrations') });
  } catch (error) {
    throw new Error(
      'The migrations of db/migrations cannot be applied. If they were rewritten since this database was made, ' +
        'remove it: for npm start, that is the directory .meridian/postgres.',
      { cause: error },
    );
  } finally {
    // Ends the session, and the lock with it.
    await client.end();
  }
}
