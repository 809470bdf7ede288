// Where people stopped watching. It is kept on this computer only, and for the recordings that were watched last.

const STORED = "hajime.watched";
const KEPT = 200;
/** Less than this from the beginning or the end is not worth continuing at, in seconds. */
const EDGE = 20;

/** The positions in seconds, the one that was written last at the end. */
function read(): [string, number][] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored.filter(
      (one): one is [string, number] =>
        Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "number" && Number.isFinite(one[1]),
    );
  } catch {
    return [];
  }
}

/** Where to continue, in seconds; 0 for the beginning. */
export function watchedUntil(recording: string): number {
  return read().find(([id]) => id === recording)?.[1] ?? 0;
}

/** Keeps where a recording was left. Near its beginning and its end, it begins anew the next time. */
export function keepWatched(recording: string, position: number, length: number): void {
  const others = read().filter(([id]) => id !== recording);
  const worthKeeping = position > EDGE && Number.isFinite(length) && position < length - EDGE;
  const kept = worthKeeping ? [...others, [recording, Math.floor(position)] as [string, number]] : others;
  try {
    localStorage.setItem(STORED, JSON.stringify(kept.slice(-KEPT)));
  } catch {
    // Without storage, every recording begins at its beginning.
  }
}
