// The mock's answers to the commands about the desktop and the keys that work in every program.
import type { AbilityDto, GlobalKeyAction, GlobalKeyDto, GlobalKeysInput } from "../bindings";
import { fail, type Answers } from "./world";

const WORDS: Record<GlobalKeyAction, string> = {
  show: "Show Hajime",
  start_or_end: "Start the next class, or show the live one to end it",
  copy_link: "Copy a link to the newest recording",
};
const ACTIONS = Object.keys(WORDS) as GlobalKeyAction[];
/** The keys that another program has. */
const TAKEN = "Ctrl+Alt+T";
const KEY = /^(?:[A-Z0-9]|F(?:[1-9]|1[0-2])|Up|Down|Left|Right|Home|End|PageUp|PageDown|Insert)$/;

const ABILITIES: AbilityDto[] = [
  { name: "panel", works: true, message: "Hajime has an icon with a menu in the panel.", next: null },
  { name: "notifications", works: true, message: "Plasma shows notifications, with buttons.", next: null },
  { name: "global_keys", works: true, message: "Keys can work in every program.", next: null },
  { name: "awake", works: true, message: "Hajime keeps this computer awake while a class is live.", next: null },
  { name: "clipboard", works: true, message: "Links and invitations can be copied.", next: null },
  { name: "keyring", works: true, message: "Secrets are kept in the keyring of this computer.", next: null },
];

export function desktop() {
  let wanted: GlobalKeysInput = { show: null, start_or_end: null, copy_link: null };

  function keyOf(action: GlobalKeyAction): GlobalKeyDto {
    const keys = wanted[action];
    const taken = keys === TAKEN;
    return {
      action,
      words: WORDS[action],
      keys,
      state: keys === null ? "off" : taken ? "refused" : "on",
      assigned: null,
      message: taken ? `Another program already uses ${keys}.` : null,
      next: taken ? "Choose other keys, or release them in the other program." : null,
    };
  }
  const now = () => ({ means: "system" as const, keys: ACTIONS.map(keyOf) });

  function problem(input: GlobalKeysInput, action: GlobalKeyAction) {
    const keys = input[action];
    if (keys === null) return null;
    const parts = keys.split("+");
    const key = parts.at(-1) ?? "";
    if (!KEY.test(key)) {
      return {
        message: "These keys cannot be used in every program.",
        next: "Hold Ctrl and Alt, or Super, and press a letter from A to Z, a digit, an arrow or a function key.",
      };
    }
    const held = parts.filter((part) => ["Ctrl", "Alt", "Super"].includes(part));
    const few = held.length === 1 && held[0] !== "Super" && !(/^F\d/.test(key) && !(held[0] === "Alt" && key === "F4"));
    if (held.length === 0 || few) {
      return {
        message: `Other programs use ${keys} themselves and would lose it.`,
        next: "Hold two of Ctrl, Alt and Super, or Super alone, or Ctrl or Alt with a function key other than Alt+F4.",
      };
    }
    const other = ACTIONS.slice(0, ACTIONS.indexOf(action)).find((one) => input[one] === keys);
    if (!other) return null;
    return { message: `${keys} already means “${WORDS[other]}”.`, next: "Choose other keys for one of the two." };
  }

  return {
    desktop_abilities: () => ABILITIES,
    global_keys_get: now,
    global_keys_pause: () => null,
    global_keys_save: ({ input }) => {
      const fields = ACTIONS.flatMap((field) => {
        const found = problem(input, field);
        return found ? [{ field, ...found }] : [];
      });
      const [first] = fields;
      if (first) fail("invalid_input", first.message, first.next, fields);
      wanted = input;
      return now();
    },
  } satisfies Partial<Answers>;
}
