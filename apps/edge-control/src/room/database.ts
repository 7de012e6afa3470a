type Row = Record<string, SqlStorageValue>;

/** The object's SQLite, counting writes: whoever refuses after having written is caught at it. */
export class Database {
  readonly #sql: SqlStorage;
  #writes = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get writes(): number {
    return this.#writes;
  }

  all<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#sql.exec<T>(query, ...bindings).toArray();
  }

  first<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T | undefined {
    return this.all<T>(query, ...bindings)[0];
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    this.#sql.exec(query, ...bindings);
    this.#writes += 1;
  }
}
