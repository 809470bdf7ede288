// The ledger: every operation of the npm SDK that the sandbox answers, and the results of each in this run.
//
// The ledger wraps the methods of the client's resources. The SDK does not validate replies at run time, so the ledger
// also writes every successful reply to a file as a literal of its type: the compiler then finds missing, wrong and
// unknown members.
import { writeFileSync } from "node:fs";
import Cloudflare, { APIError } from "cloudflare";

/** Operations that the sandbox lacks, each with the reason. */
const LEFT_OUT = [
  /^stream\.audioTracks\./, // recordings have one sound track
  /^(user|accounts)\.tokens\.(?!verify)/, // tokens are made by the control API
];

/** By operation: removes members that Cloudflare's documentation shows but the SDK's types lack. */
const UNTYPED: Record<string, (reply: any) => void> = {
  "realtimeKit.recordings.startTrackRecording": (reply) =>
    delete reply.data.recording.type,
  "realtimeKit.livestreams.getAllLivestreams": (reply) =>
    delete reply.data.livestreams,
  "realtimeKit.sessions.getSessionParticipants": (reply) => delete reply.paging,
};

/** Operations to which the SDK gives the reply type of another resource; their replies are not compiled. */
const MISTYPED = ["stream.keys.create"];

type Entry = { happy: number; unhappy: number; wrong: string[] };
type Method = (...args: any[]) => any;
export type Operation = {
  name: string;
  parameters: string[];
  members: string[];
};

export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly operations: Operation[] = [];
  readonly #replies: string[] = [];

  constructor(client: Cloudflare) {
    for (const root of [
      "realtimeKit",
      "calls",
      "stream",
      "user.tokens",
      "accounts.tokens",
    ]) {
      this.#walk(find(client, root), root);
    }
  }

  #walk(resource: any, path: string) {
    for (
      let kind = Object.getPrototypeOf(resource);
      kind !== Object.prototype;
      kind = Object.getPrototypeOf(kind)
    ) {
      for (const method of Object.getOwnPropertyNames(kind)) {
        const name = `${path}.${method}`;
        const plain =
          method !== "constructor" &&
          !method.startsWith("_") &&
          typeof resource[method] === "function";
        if (
          !plain ||
          this.entries.has(name) ||
          LEFT_OUT.some((out) => out.test(name))
        )
          continue;
        const source: string = resource[method].toString();
        const listed = (text: string | undefined) =>
          (text ?? "")
            .split(",")
            .map((word) => word.trim().split(":")[0] ?? "");
        this.operations.push({
          name,
          parameters: listed(
            source.slice(source.indexOf("(") + 1, source.indexOf(")")),
          ),
          members: listed(/const \{([^}]*)\} = params/.exec(source)?.[1]),
        });
        this.entries.set(name, { happy: 0, unhappy: 0, wrong: [] });
        resource[method] = this.#wrapped(name, resource[method].bind(resource));
      }
    }
    for (const [key, value] of Object.entries(resource)) {
      if (!key.startsWith("_") && value && typeof value === "object")
        this.#walk(value, `${path}.${key}`);
    }
  }

  #wrapped(name: string, method: Method): Method {
    const entry = this.entry(name);
    return async (...args) => {
      try {
        const reply = await method(...args);
        entry.happy += 1;
        this.#write(name, reply);
        return reply;
      } catch (error) {
        if (!(error instanceof APIError) || error.status === undefined) {
          entry.wrong.push(String(error));
        } else if (isEnvelope(error.error)) {
          entry.unhappy += 1;
        } else {
          entry.wrong.push(
            `a ${error.status} without an envelope: ${JSON.stringify(error.error)}`,
          );
        }
        throw error;
      }
    };
  }

  entry(name: string): Entry {
    return this.entries.get(name) as Entry;
  }

  #write(name: string, reply: any) {
    if (
      MISTYPED.includes(name) ||
      reply instanceof Response ||
      reply === undefined ||
      typeof reply === "string"
    )
      return;
    const page = typeof reply?.getPaginatedItems === "function";
    const plain = JSON.parse(
      JSON.stringify(page ? reply.getPaginatedItems() : reply),
    );
    UNTYPED[name]?.(plain);
    for (const video of [plain].flat())
      if (name.startsWith("stream.") && video?.status?.step)
        delete video.status.step;
    const method = [
      "Cloudflare",
      ...name.split(".").map((part) => `["${part}"]`),
    ].join("");
    const type = page ? `OrNull<Items<${method}>>` : `OrNull<Reply<${method}>>`;
    this.#replies.push(
      `export const reply${this.#replies.length}: ${type} = ${JSON.stringify(plain)}; // ${name}`,
    );
  }

  /** Writes all replies to a TypeScript file, which the compiler then checks. */
  save(path: string) {
    const head = [
      'import type Cloudflare from "cloudflare";',
      'import type { APIPromise, PagePromise } from "cloudflare";',
      "type Any = any;",
      "type Reply<F> = F extends (...args: Any[]) => APIPromise<infer T> ? T : never;",
      "// Cloudflare sends null for members that the types call optional.",
      "type OrNull<T> = T extends (infer U)[] ? OrNull<U>[] : T extends object",
      "  ? { [K in keyof T]: undefined extends T[K] ? OrNull<T[K]> | null : OrNull<T[K]> } : T;",
      "type Items<F> = F extends (...args: Any[]) => PagePromise<Any, infer T> ? T[] : never;",
    ];
    writeFileSync(path, [...head, ...this.#replies, ""].join("\n"));
  }

  /** Returns the table as text, and whether every row is right. */
  table(version: string): { text: string; green: boolean } {
    let green = true;
    const lines = [...this.entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, entry]) => {
        const good =
          entry.happy > 0 && entry.unhappy > 0 && entry.wrong.length === 0;
        green &&= good;
        const counts = `${String(entry.happy).padStart(5)} ${String(entry.unhappy).padStart(8)}`;
        return [
          ` ${good ? "✓" : "✗"} ${name.padEnd(76)} ${counts}`,
          ...entry.wrong.slice(0, 3).map((why) => `     ${why}`),
        ];
      });
    const head = `   ${`cloudflare ${version} for npm, ${this.entries.size} operations`.padEnd(76)} happy  unhappy`;
    return { text: [head, ...lines].join("\n"), green };
  }
}

export function find(client: any, name: string): any {
  return name.split(".").reduce((resource, part) => resource[part], client);
}

function isEnvelope(body: any): boolean {
  const v4 =
    Array.isArray(body?.errors) &&
    body.errors.length > 0 &&
    typeof body.errors[0].code === "number";
  return (
    body?.success === false && (v4 || typeof body?.error?.message === "string")
  );
}
