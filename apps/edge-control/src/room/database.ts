import { hasTables, migrate } from './schema.ts';

type Row = Record<string, SqlStorageValue>;

/**
 * The object's SQLite, counting writes: whoever refuses after having written is caught at it. Tables are made with the
 * first write: a room that is merely asked about a meeting that does not run keeps nothing, and need not be deleted.
 */
export class Database {
  readonly #storage: DurableObjectStorage;
  #hasTables = false;
  #writes = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Before anything else, and again when a transaction was undone or everything deleted. */
  open(): void {
    this.#hasTables = hasTables(this.#storage);
    if (this.#hasTables) migrate(this.#storage);
  }

  get writes(): number {
    return this.#writes;
  }

  all<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#hasTables ? this.#storage.sql.exec<T>(query, ...bindings).toArray() : [];
  }

  first<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T | undefined {
    return this.all<T>(query, ...bindings)[0];
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    if (!this.#hasTables) {
      migrate(this.#storage);
      this.#hasTables = true;
    }
    this.#storage.sql.exec(query, ...bindings);
    this.#writes += 1;
  }
}
