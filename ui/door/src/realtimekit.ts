// RealtimeKit's calls for participants.

import type { Env } from "./env";
import { Refusal } from "./replies";

/** How long RealtimeKit may take to answer. */
const LIMIT_MS = 10_000;

interface Participant {
  id: string;
  token: string;
}

interface Person {
  name: string;
  preset: string;
  /** What RealtimeKit knows the person by. It says nothing about the person to anybody but the desk. */
  mark: string;
}

/** Adds a participant to a meeting. */
export async function addParticipant(env: Env, room: string, { name, preset, mark }: Person): Promise<Participant> {
  const reply = await ask(env, "POST", `/meetings/${encodeURIComponent(room)}/participants`, {
    name,
    preset_name: preset,
    custom_participant_id: mark,
  });
  const { id, token } = (await dataOf(reply)) as Partial<Participant>;
  if (!isText(id) || !isText(token)) throw failed();
  return { id, token };
}

/** A new token for a participant; null if RealtimeKit does not have the participant any more. */
export async function newToken(env: Env, room: string, participant: string): Promise<string | null> {
  const path = `/meetings/${encodeURIComponent(room)}/participants/${encodeURIComponent(participant)}/token`;
  const reply = await ask(env, "POST", path);
  if (reply.status === 404) return null;
  const { token } = (await dataOf(reply)) as Partial<Participant>;
  if (!isText(token)) throw failed();
  return token;
}

/** Deletes a participant that nobody got a token for. If that fails, nobody is harmed. */
export async function forget(env: Env, room: string, participant: string): Promise<void> {
  const path = `/meetings/${encodeURIComponent(room)}/participants/${encodeURIComponent(participant)}`;
  await ask(env, "DELETE", path).catch(() => null);
}

const failed = () => new Refusal("realtimekit", {}, "realtimekit");

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

async function ask(env: Env, method: string, path: string, body?: object): Promise<Response> {
  try {
    return await fetch(env.REALTIMEKIT + path, {
      method,
      headers: { Authorization: `Bearer ${env.REALTIMEKIT_TOKEN}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
  } catch {
    throw failed();
  }
}

async function dataOf(reply: Response): Promise<unknown> {
  const value = reply.ok ? ((await reply.json().catch(() => null)) as { data?: unknown } | null) : null;
  if (value === null || value.data === null || typeof value.data !== "object") throw failed();
  return value.data;
}
