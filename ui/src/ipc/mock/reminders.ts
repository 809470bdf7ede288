// The mock's answers to the commands about reminders of classes.
import type { RemindersDto } from "../bindings";
import type { Answers } from "./world";

export function reminders() {
  let wanted: RemindersDto = { before_minutes: 10, at_start: true, late_minutes: 5 };
  return {
    reminders_get: () => wanted,
    reminders_save: ({ input }) => (wanted = input),
  } satisfies Partial<Answers>;
}
