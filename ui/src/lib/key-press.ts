// Reads a combination of keys, such as Ctrl+Alt+H, from the keyboard, for keys that work in every program.

const MODIFIERS = ["Control", "Alt", "AltGraph", "Shift", "Meta", "OS", "Super"];
const NAMED: Record<string, string> = {
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  Home: "Home",
  End: "End",
  PageUp: "PageUp",
  PageDown: "PageDown",
  Insert: "Insert",
};

/** The keys that are still held after one was released. The event may count the released one as held. */
export function released(event: KeyboardEvent): string[] {
  const gone = { Control: "Ctrl", Alt: "Alt", Shift: "Shift", Meta: "Super", OS: "Super", Super: "Super" }[event.key];
  return held(event).filter((key) => key !== gone);
}

function held(event: KeyboardEvent): string[] {
  return [
    event.ctrlKey ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    event.shiftKey ? "Shift" : "",
    event.metaKey ? "Super" : "",
  ].filter(Boolean);
}

/** What is pressed: the keys that are held, and the whole combination once its key is there too. */
export type Pressed = { held: string[]; keys: string | null };

/**
 * A letter or digit is the one that the key writes; where it writes none, as on a keyboard of another script or with Shift, the
 * one at its position. macOS knows keys by their position only.
 */
export function pressed(event: KeyboardEvent, mac = navigator.userAgent.includes("Mac OS X")): Pressed {
  const now = held(event);
  if (MODIFIERS.includes(event.key)) return { held: now, keys: null };
  const position = /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1];
  const written = /^[a-zA-Z0-9]$/.test(event.key) ? event.key.toUpperCase() : undefined;
  const sign = mac ? (position ?? written) : (written ?? position);
  const key = sign ?? NAMED[event.key] ?? event.key;
  return { held: now, keys: [...now, key].join("+") };
}
