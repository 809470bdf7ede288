import type { IpcError } from "./bindings";

/** Whether a thrown value already has the shape the shell promises. */
export function isIpcError(thrown: unknown): thrown is IpcError {
  if (typeof thrown !== "object" || thrown === null) return false;
  const candidate = thrown as Record<string, unknown>;
  return (
    typeof candidate.code === "string" && typeof candidate.message === "string" && typeof candidate.next === "string"
  );
}

/** Turns anything thrown into an error that can be shown: what happened, and what to do next. */
export function asIpcError(thrown: unknown): IpcError {
  if (isIpcError(thrown)) return thrown;
  const said = thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : "";
  const detail = said.trim().replace(/\.$/, "");
  return {
    code: "internal",
    message: detail ? `Hajime could not finish that: ${detail}.` : "Hajime could not finish that.",
    next: "Try again. If it happens again, restart Hajime.",
  };
}
