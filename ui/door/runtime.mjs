// Runs a published door in Cloudflare's runtime, in front of a running sandbox. For tests.
//
// What it needs comes as JSON on the standard input: `base` (the address of the API), `control` (the address of the sandbox's control
// API, which tells what was published), `account`, `script`, `token` (of the API, for the database). It says `{"port"}` when it is ready, and
// ends with the input. The module runs as it was published; only its database is D1 over REST, because the sandbox has it.

import { createServer, request as httpRequest } from "node:http";
import { createInterface } from "node:readline";
import { Miniflare, Response as Reply } from "miniflare";

const COMPATIBILITY_DATE = "2026-04-01";

/** Gives the published module a database like D1's binding. */
const AROUND = `
import door from "./door.js";

function database(rest) {
  async function run(batch) {
    const reply = await rest.fetch("http://d1/", { method: "POST", body: JSON.stringify({ batch }) });
    const value = await reply.json();
    if (!reply.ok || !value.success) throw new Error("D1_ERROR: " + value.errors?.[0]?.message);
    return value.result;
  }
  const statement = (sql, params) => ({
    sql,
    params,
    bind: (...values) => statement(sql, values),
    first: async () => (await run([{ sql, params }]))[0].results[0] ?? null,
    run: async () => (await run([{ sql, params }]))[0],
  });
  return {
    prepare: (sql) => statement(sql, []),
    batch: (statements) => run(statements.map(({ sql, params }) => ({ sql, params }))),
  };
}

export default {
  fetch: (request, env, context) => door.fetch(request, { ...env, DB: database(env.D1) }, context),
};
`;

/** @type {Miniflare | undefined} */
let runtime;
/** @type {import("node:http").Server | undefined} */
let server;

/** Reads one line of JSON, and ends this process with the input. */
async function told() {
  const lines = createInterface({ input: process.stdin });
  lines.on("close", async () => {
    await runtime?.dispose();
    // Now nothing keeps this process, and what the runtime has on the disk is deleted.
    server?.close();
    server?.closeAllConnections();
  });
  const [line] = await new Promise((resolve) => lines.once("line", (line) => resolve([line])));
  return JSON.parse(line);
}

const { base, control, account, script, token } = await told();
const asked = await fetch(`${control}/script`, {
  method: "POST",
  body: JSON.stringify({ account_id: account, script }),
});
if (!asked.ok) throw new Error(`the sandbox has no such script: ${asked.status}`);
const { module, bindings, host } = await asked.json();
const secret = new URL(control).pathname.split("/").at(-1);
const of = (type) => bindings.filter((binding) => binding.type === type);
const [{ id: databaseId } = {}] = of("d1");
const { port: sandbox } = new URL(base);

/** Asks the site for a file, past the script. */
function file(request) {
  const { pathname, search } = new URL(request.url);
  const headers = { ...Object.fromEntries(request.headers), host, "x-sandbox-files": secret };
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: sandbox, path: pathname + search, method: request.method, headers };
    const sent = httpRequest(options, (reply) => {
      const pieces = [];
      reply.on("data", (piece) => pieces.push(piece));
      reply.on("error", reject);
      reply.on("end", () => {
        const body = Buffer.concat(pieces);
        const isEmpty = body.length === 0 || [204, 304].includes(reply.statusCode);
        const kept = Object.entries(reply.headers).filter(([name]) => name !== "transfer-encoding");
        resolve(
          new Reply(isEmpty ? null : body, { status: reply.statusCode, headers: kept.map(([n, v]) => [n, String(v)]) }),
        );
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Runs a batch in the database, by REST. */
async function query(request) {
  const reply = await fetch(`${base}/accounts/${account}/d1/database/${databaseId}/query`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: await request.text(),
  });
  return new Reply(await reply.text(), { status: reply.status });
}

runtime = new Miniflare({
  modules: [
    { type: "ESModule", path: "around.js", contents: AROUND },
    { type: "ESModule", path: "door.js", contents: module },
  ],
  compatibilityDate: COMPATIBILITY_DATE,
  bindings: Object.fromEntries([...of("plain_text"), ...of("secret_text")].map(({ name, text }) => [name, text])),
  ratelimits: Object.fromEntries(
    of("ratelimit").map(({ name, limit, period }) => [name, { simple: { limit, period } }]),
  ),
  serviceBindings: { ASSETS: file, D1: query },
  outboundService: (request) =>
    fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      duplex: "half",
      redirect: "manual",
    }),
});
await runtime.ready;

server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { "cf-ipcountry": country, host: _, connection: __, ...headers } = request.headers;
  const sends = !["GET", "HEAD"].includes(request.method);
  try {
    const reply = await runtime.dispatchFetch(`http://${host}${request.url}`, {
      method: request.method,
      headers,
      redirect: "manual",
      ...(sends && { body: Buffer.concat(pieces) }),
      cf: { country },
    });
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    response.end(Buffer.from(await reply.arrayBuffer()));
  } catch {
    response.writeHead(500).end();
  }
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
