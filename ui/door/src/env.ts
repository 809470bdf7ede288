// What Cloudflare gives the door: its bindings, and as much of their types as the door uses.

/** A prepared statement of D1. */
export interface Statement {
  bind(...values: (string | number | null)[]): Statement;
  first<Row>(): Promise<Row | null>;
  run<Row>(): Promise<{ results: Row[]; meta: { changes: number } }>;
}

/** A D1 database. */
export interface Database {
  prepare(sql: string): Statement;
  /** Runs statements as one transaction. */
  batch<Row>(statements: Statement[]): Promise<{ results: Row[]; meta: { changes: number } }[]>;
}

/** A brake on requests: counts for each key and location, and is permissive by design. */
export interface RateLimit {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

export interface Env {
  /** The files of the pages. */
  ASSETS: { fetch(request: Request): Promise<Response> };
  DB: Database;
  /** Tries of codes that do not exist, by address. */
  GUESSES: RateLimit;
  /** Seats asked for, by address. A whole class may sit behind one. */
  JOINS: RateLimit;
  /** Tries of passphrases, by address and link. */
  PASSPHRASES: RateLimit;
  /** The address of the RealtimeKit app in Cloudflare's API. */
  REALTIMEKIT: string;
  /** A token that may do nothing but change RealtimeKit. */
  REALTIMEKIT_TOKEN: string;
  /** The origin from which Stream delivers the account's videos. */
  PLAYER: string;
  /** The id of the door's own signing key, and the key as JWK. */
  SIGNING_KEY_ID: string;
  SIGNING_KEY: string;
}

/** A request with what the door needs to know of it. */
export interface Asked {
  env: Env;
  request: Request;
  now: number;
  /** The address that asks, which is used as a key of the brakes and for nothing else. */
  address: string;
  /** Two letters of ISO 3166; null where Cloudflare does not know. */
  country: string | null;
}
