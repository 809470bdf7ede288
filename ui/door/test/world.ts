// A world for the door's tests: the built Worker in Cloudflare's own runtime, with a D1 database, and a RealtimeKit that remembers.

import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Miniflare, Response as Reply, type Request as Sent } from "miniflare";
// @ts-expect-error it is plain JavaScript
import { doorModule } from "../module.mjs";

export const NOW = Date.now();
export const MINUTE = 60_000;
const ORIGIN = "https://door.example";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** The half of the signing key with which tokens are verified. */
export { publicKey };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** RealtimeKit, as far as the door calls it. */
export class RealtimeKit {
  readonly participants = new Map<string, { name: string; preset: string; mark: string }>();
  readonly calls: string[] = [];
  /** What every call is answered instead. */
  failing: (() => Reply) | null = null;

  async answer(request: Sent): Promise<Reply> {
    const { pathname } = new URL(request.url);
    this.calls.push(`${request.method} ${pathname}`);
    if (this.failing) return this.failing();
    if (request.headers.get("Authorization") !== "Bearer realtime-token") return new Reply("{}", { status: 401 });
    const [, meeting, id, token] = /\/meetings\/([^/]+)\/participants(?:\/([^/]+)(\/token)?)?$/.exec(pathname) ?? [];
    if (meeting === undefined) return new Reply("{}", { status: 404 });
    if (id === undefined) {
      const body = (await request.json()) as { name: string; preset_name: string; custom_participant_id: string };
      const made = `participant-${this.participants.size + 1}`;
      this.participants.set(made, { name: body.name, preset: body.preset_name, mark: body.custom_participant_id });
      return Reply.json({ success: true, data: { id: made, token: `token-of-${made}` } }, { status: 201 });
    }
    if (!this.participants.has(id)) return Reply.json({ success: false }, { status: 404 });
    if (request.method === "DELETE") {
      this.participants.delete(id);
      return Reply.json({ success: true, data: {} });
    }
    return Reply.json({ success: true, data: { token: token && `another-token-of-${id}` } });
  }
}

export class World {
  private constructor(
    readonly runtime: Miniflare,
    readonly realtimekit: RealtimeKit,
  ) {}

  static async begin(
    limits: { guesses?: number; joins?: number; passphrases?: number; signingKey?: string } = {},
  ): Promise<World> {
    const realtimekit = new RealtimeKit();
    const limit = (most: number) => ({ simple: { limit: most, period: 60 as const } });
    const runtime = new Miniflare({
      modules: true,
      script: await doorModule(),
      compatibilityDate: "2026-04-01",
      d1Databases: { DB: "door" },
      bindings: {
        REALTIMEKIT: "https://api.cloudflare.com/client/v4/accounts/a/realtime/kit/p",
        REALTIMEKIT_TOKEN: "realtime-token",
        PLAYER: "https://customer-1.cloudflarestream.com",
        SIGNING_KEY_ID: "key-1",
        SIGNING_KEY: limits.signingKey ?? JSON.stringify(privateKey.export({ format: "jwk" })),
      },
      ratelimits: {
        GUESSES: limit(limits.guesses ?? 20),
        JOINS: limit(limits.joins ?? 100_000),
        PASSPHRASES: limit(limits.passphrases ?? 5),
      },
      serviceBindings: { ASSETS: (request: Sent) => new Reply(`file ${new URL(request.url).pathname}`) },
      outboundService: (request: Sent) => realtimekit.answer(request),
    });
    const world = new World(runtime, realtimekit);
    await world.setUp();
    return world;
  }

  /** Makes the tables that are not there. */
  async setUp(): Promise<void> {
    const schema = await readFile(here("../schema.sql"), "utf8");
    const db = await this.database();
    const statements = schema.replaceAll(/^ *--.*$/gm, "").split(";");
    await db.batch(statements.filter((one) => one.trim() !== "").map((one) => db.prepare(one)));
  }

  database() {
    return this.runtime.getD1Database("DB");
  }

  /** Runs a statement with named values, as the desk does. */
  async insert(table: string, row: Record<string, string | number | null>): Promise<void> {
    const names = Object.keys(row);
    const sql = `INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${names.map((_, at) => `?${at + 1}`).join(", ")})`;
    await (
      await this.database()
    )
      .prepare(sql)
      .bind(...Object.values(row))
      .run();
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await (await this.database()).prepare(sql).all()).results;
  }

  /** A class that is open now. */
  async addClass(id: string, change: Record<string, string | number | null> = {}): Promise<void> {
    await this.insert("classes", {
      id,
      series: null,
      title: "Karate fundamentals",
      instructor: "M. Ito",
      timezone: "Europe/Berlin",
      starts: NOW - 5 * MINUTE,
      ends: NOW + 55 * MINUTE,
      opens: NOW - 10 * MINUTE,
      closes: NOW + 90 * MINUTE,
      room: "room-1",
      cap: 10,
      recorded: 0,
      consent: null,
      state: "open",
      version: 1,
      ...change,
    });
  }

  async addJoinLink(code: string, change: Record<string, string | number | null>): Promise<void> {
    const row = {
      class: null,
      series: null,
      person: null,
      name: null,
      preset: "participant",
      counts: 1,
      revoked: null,
      version: 1,
    };
    await this.insert("join_links", { code: await hashOf(code), ...row, ...change });
  }

  async addWatchLink(code: string, change: Record<string, string | number | null> = {}): Promise<void> {
    const row = {
      video: "video-1",
      title: "Kihon",
      recorded: NOW - 86_400_000,
      seconds: 3600,
      until: NOW + 30 * 86_400_000,
      version: 1,
    };
    await this.insert("watch_links", { code: await hashOf(code), ...row, ...change });
  }

  async ask(path: string, init: { method?: string; body?: unknown; address?: string; country?: string } = {}) {
    const { body, address = "192.0.2.1", country, method = body === undefined ? "GET" : "POST" } = init;
    const reply = await this.runtime.dispatchFetch(ORIGIN + path, {
      method,
      headers: { "CF-Connecting-IP": address },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(country !== undefined && { cf: { country } }),
    });
    const text = await reply.text();
    const value = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: reply.status, headers: reply.headers, text, value };
  }

  /** Asks for a seat as one browser does. */
  sit(code: string, browser: string, more: Record<string, unknown> = {}) {
    return this.ask(`/j/${code}/seat`, { body: { seat: secretOf(browser), name: browser, agreed: true, ...more } });
  }

  async end(): Promise<void> {
    await this.runtime.dispose();
  }
}

/** A code or a seat's secret of the usual length. */
export const secretOf = (name: string): string =>
  `${name.replaceAll(/[^A-Za-z0-9]/g, "_")}${"0".repeat(32)}`.slice(0, 43);

export async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(hash).toString("hex");
}
