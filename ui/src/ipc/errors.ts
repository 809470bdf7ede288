import type { UserError } from "./bindings";

/** Whether a thrown value already has the shape of the shell's errors. */
export function isUserError(thrown: unknown): thrown is UserError {
  if (typeof thrown !== "object" || thrown === null) return false;
  const candidate = thrown as Record<string, unknown>;
  return (
    typeof candidate.code === "string" && typeof candidate.message === "string" && typeof candidate.next === "string"
  );
}

/** Turns anything thrown into an error that can be shown: what happened, and what to do next. */
export function asUserError(thrown: unknown): UserError {
  if (isUserError(thrown)) return thrown;
  const said = thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : "";
  const detail = said.trim().replace(/\.$/, "");
  return {
    code: "internal",
    message: detail ? `Hajime could not finish that: ${detail}.` : "Hajime could not finish that.",
    next: "Try again. If it happens again, restart Hajime.",
  };
}

/** The core's message about one field of a form and the next step; undefined when the field is correct. */
export function fieldError(error: UserError | null, field: string): string | undefined {
  const found = error?.fields?.find((each) => each.field === field);
  return found && `${found.message} ${found.next}`;
}
