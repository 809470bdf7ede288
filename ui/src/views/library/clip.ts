// Places in a video as people type them, and what speaks against a part.
import { span } from "../../lib/format";

/** The seconds of "1:02:03", "12:05" or "725"; null for anything else. */
export function secondsIn(text: string): number | null {
  const parts = text.trim().split(":");
  if (parts.length > 3 || parts.some((part) => !/^\d{1,6}$/u.test(part))) return null;
  const numbers = parts.map(Number);
  if (numbers.slice(1).some((number) => number >= 60)) return null;
  return numbers.reduce((sum, number) => sum * 60 + number, 0);
}

export type PartErrors = { from?: string; to?: string };

/** What is wrong with a part of a video that may end at `last`, by field; empty if it can be cut. */
export function errorsOf(from: number | null, to: number | null, last: number): PartErrors {
  const unreadable = "Write a time, for example 0:12:05.";
  if (from === null || to === null) {
    return { ...(from === null && { from: unreadable }), ...(to === null && { to: unreadable }) };
  }
  if (to > last) return { to: `The recording is ${span(last)} long.` };
  if (from >= to) return { from: "Choose a beginning that comes before the end." };
  return {};
}
