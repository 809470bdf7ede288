// The mock's answers to the commands about the people of a session. It reads names and addresses far more simply than the shell.
import type { CheckedTextDto, PersonDto, RosterDto, SessionDto, Whom } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, type Answers, type World } from "./world";

const DAY = 24 * 60 * 60_000;
const FIRST_TEXT = `Hello {name},

you are invited to “{class}” with {instructor} on {date} at {time} ({zone}).

Join here:
{link}

The link is for you alone. It lets you in when the class begins.`;
const FIELDS = ["name", "class", "date", "time", "zone", "link", "instructor"];
/** The people of every class at the start, with what became of their links. */
const FIRST: [name: string, email: string | null, linkDaysAgo: number | null][] = [
  ["B. Okoye", "b.okoye@example.org", 2],
  ["C. Duarte", "c.duarte@example.org", 2],
  ["D. Szabo", null, 1],
  ["Yuki Tanaka-Fernández de la Vega", "yuki.tanaka-fernandez-de-la-vega@judo.example.org", 1],
  ["نور الحسن", "nour@example.org", null],
];
/** A drawing in place of a QR code. */
const DRAWING = `<svg viewBox="0 0 29 29" xmlns="http://www.w3.org/2000/svg"><rect width="29" height="29" fill="#fff"/><path d="M4 4h7v7h-7zM18 4h7v7h-7zM4 18h7v7h-7zM13 13h3v3h-3zM18 18h2v2h-2zM22 22h3v3h-3z" fill="#000"/></svg>`;

export function roster(world: World) {
  const { needCloud, findSession, nextNumber, store } = world;
  const rosters = new Map<string, PersonDto[]>();
  /** The classes whose participants are told nothing by e-mail. */
  const unmailed = new Set<string>();
  let text = FIRST_TEXT;

  function person(name: string, email: string | null, linkAt: string | null): PersonDto {
    const id = fakeId(9, nextNumber());
    return {
      id,
      name,
      email,
      role: "participant",
      link_at: linkAt,
      joined_at: null,
      left_at: null,
      present_minutes: null,
    };
  }
  function peopleOf(sessionId: string): PersonDto[] {
    findSession(sessionId);
    const known = rosters.get(sessionId);
    if (known) return known;
    const people = FIRST.map(([name, email, days]) =>
      person(name, email, days === null ? null : iso(Date.now() - days * DAY)),
    );
    rosters.set(sessionId, people);
    return people;
  }
  function answer(sessionId: string, people = peopleOf(sessionId)): RosterDto {
    rosters.set(sessionId, people);
    const { max_participants } = findSession(sessionId);
    const later_classes = laterOf(sessionId)?.length ?? null;
    return { people, others: 0, max_participants, mails_participants: !unmailed.has(sessionId), later_classes };
  }
  /** The later classes of the series of a class; null for a class of its own. */
  function laterOf(sessionId: string): SessionDto[] | null {
    const { series, start } = findSession(sessionId);
    if (!series) return null;
    const later = store.sessions.filter((row) => row.series?.id === series.id && row.start > start);
    return later.filter((row) => row.status === "scheduled");
  }
  /** Changes the people of a class and, with `following`, those of the later classes of its series. */
  function change(sessionId: string, following: boolean, changed: (people: PersonDto[]) => PersonDto[]): RosterDto {
    const later = following ? (laterOf(sessionId) ?? []) : [];
    for (const { id } of later) rosters.set(id, changed(peopleOf(id)));
    return answer(sessionId, changed(peopleOf(sessionId)));
  }
  function check(sessionId: string, typed: string): CheckedTextDto {
    const known = new Set(peopleOf(sessionId).map((one) => one.email ?? one.name));
    const read: CheckedTextDto = { new: [], present: 0, wrong: [], too_many: null };
    typed.split("\n").forEach((line, index) => {
      if (!line.trim()) return;
      const email = /[^\s<>,;]+@[^\s<>,;]+\.[^\s<>,;]+/.exec(line)?.[0] ?? null;
      const name =
        line
          .replace(email ?? "", "")
          .replaceAll(/[<>,;]/g, "")
          .trim() ||
        (email?.split("@")[0] ?? "");
      if (name.includes(":"))
        read.wrong.push({ line: index + 1, reason: `“${name}” is no name: it has the character :.` });
      else if (known.has(email ?? name)) read.present += 1;
      else read.new.push({ line: index + 1, name, email, role: "participant" });
    });
    const all = known.size + read.new.length;
    const max = findSession(sessionId).max_participants;
    if (all > max) read.too_many = `The list would have ${all} participants, and the class takes ${max}.`;
    return read;
  }
  function chosen(sessionId: string, whom: Whom): PersonDto[] {
    needCloud();
    const is = (one: PersonDto) =>
      whom.whom === "everybody" || (whom.whom === "these" ? whom.people.includes(one.id) : one.link_at === null);
    const people = peopleOf(sessionId);
    const now = iso(Date.now());
    answer(
      sessionId,
      people.map((one) => (is(one) ? { ...one, link_at: now } : one)),
    );
    return people.filter(is);
  }

  return {
    roster_get: ({ sessionId }) => answer(sessionId),
    roster_check: ({ sessionId, text: typed }) => check(sessionId, typed),
    roster_import: ({ sessionId, text: typed, leaveOut, following }) => {
      const read = check(sessionId, typed);
      const [first] = read.wrong;
      if (first && !leaveOut) fail("invalid_input", `Line ${first.line}: ${first.reason}`, "Correct the line.");
      if (read.too_many) fail("invalid_input", read.too_many, "Raise the number of participants of the class.");
      const added = read.new.map((one) => person(one.name, one.email, null));
      return change(sessionId, following, (people) => [...people, ...added]);
    },
    roster_edit: ({ sessionId, person: draft, following }) =>
      change(sessionId, following, (all) =>
        all.map((one) => (one.id === draft.id ? { ...one, ...draft, email: draft.email || null } : one)),
      ),
    roster_remove: ({ sessionId, people, following }) =>
      change(sessionId, following, (all) => all.filter((one) => !people.includes(one.id))),
    roster_others: ({ sessionId }) =>
      store.sessions
        .filter((row) => row.id !== sessionId)
        .slice(0, 3)
        .map((row) => ({ session_id: row.id, title: row.title, start: row.start, people: FIRST.length })),
    roster_take_over: ({ sessionId, from, following }) => {
      const known = new Set(peopleOf(sessionId).map((one) => one.email ?? one.name));
      const more = peopleOf(from).filter((one) => !known.has(one.email ?? one.name));
      return change(sessionId, following, (people) => [...people, ...more]);
    },
    roster_copy: ({ sessionId, whom }) => ({
      people: chosen(sessionId, whom).length,
      copied: true,
      local_only: store.desk.invites_local_only,
    }),
    roster_qr: ({ sessionId, person: id }) => {
      chosen(sessionId, { whom: "these", people: id === null ? [] : [id] });
      return { svg: DRAWING, local_only: store.desk.invites_local_only };
    },
    roster_save_calendar: ({ sessionId, whom }) => ({
      files: chosen(sessionId, whom).length,
      path: "/home/instructor/Downloads/Karate.ics",
    }),
    session_mails_set: ({ sessionId, mailed }) => {
      if (mailed) unmailed.delete(sessionId);
      else unmailed.add(sessionId);
      return answer(sessionId);
    },
    invitation_text: () => ({ text, fields: FIELDS }),
    invitation_text_set: ({ text: next }) => {
      if (next.trim() && !next.includes("{link}"))
        fail("invalid_input", "The text has no {link}.", "Write {link} where the person’s own link belongs.");
      text = next.trim() ? next : FIRST_TEXT;
      return { text, fields: FIELDS };
    },
    invitation_preview: ({ sessionId, text: next }) => {
      const session = findSession(sessionId);
      const name = peopleOf(sessionId)[0]?.name ?? "Anna Lindt";
      const filled: Record<string, string> = {
        name,
        class: session.title,
        instructor: session.instructor,
        date: "Tuesday, 8 December 2026",
        time: "18:30",
        zone: session.timezone,
        link: "https://join.example.org/#token=…",
      };
      return next.replaceAll(/\{(\w+)\}/g, (whole, field: string) => filled[field] ?? whole);
    },
  } satisfies Partial<Answers>;
}
