// The mock's answers to the commands about calendar files.
import type { CalendarCheckDto } from "../bindings";
import { iso, session } from "./scenario";
import { fail, type Answers, type World } from "./world";

const DAY_MS = 86_400_000;
const NOTHING: CalendarCheckDto = {
  name: "",
  new: [],
  changed: [],
  same: 0,
  gone: [],
  changed_here: [],
  refused: [],
  holidays: [],
  conflicts: [],
  floating: 0,
};

export function calendarFiles(world: World) {
  const { store, nextNumber } = world;
  function check(file: string): CalendarCheckDto {
    const text = atob(file);
    if (!text.includes("BEGIN:VCALENDAR")) {
      fail(
        "invalid_input",
        "The file holds no calendar.",
        "Choose a calendar file (.ics) that another calendar exported.",
      );
    }
    if (text.includes("VALUE=DATE")) {
      return {
        ...NOTHING,
        name: "Holidays in Portugal",
        refused: [{ line: 4, title: "Natal", reason: "It lasts the whole day; a class begins at a time." }],
        holidays: [{ title: "Natal", first: "2026-12-25", last: "2026-12-25" }],
      };
    }
    const start = (days: number) => iso(Math.floor(Date.now() / DAY_MS) * DAY_MS + days * DAY_MS + DAY_MS * 0.75);
    return {
      name: "Dojo classes",
      new: [
        { title: "Karate, beginners", start: start(3), repeats: "every Monday until 28 June 2027" },
        { title: "空手 open day", start: start(5), repeats: null },
      ],
      changed: [{ title: "Tai chi", start: start(4), repeats: null }],
      same: 4,
      gone: [],
      changed_here: [],
      holidays: [],
      conflicts: [
        {
          title: "Karate, beginners",
          start: start(3),
          message: "2 of 30 dates: M. Ito also teaches “Judo”. The first is 7 December 2026.",
        },
      ],
      refused: [{ line: 62, title: "Dojo closed", reason: "It lasts the whole day; a class begins at a time." }],
      floating: 1,
    };
  }
  return {
    calendar_check: ({ file }) => check(file),
    calendar_import: ({ file }) => {
      const done = check(file);
      for (const item of done.new) {
        const start = Date.parse(item.start);
        const made = { title: item.title, start: iso(start), end: iso(start + 3_600_000) };
        store.sessions = [...store.sessions, { ...session(nextNumber(), start), ...made }];
      }
      return { done, change: `import-${nextNumber()}` };
    },
    calendar_holidays: ({ file }) => check(file).holidays.length,
    calendar_save: ({ name }) => ({ path: `/home/you/Downloads/${name}.ics`, bytes: 48_200 }),
  } satisfies Partial<Answers>;
}
