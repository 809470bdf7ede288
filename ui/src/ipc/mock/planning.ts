// The mock's answers about conflicts, templates and open rooms.
import type { ConflictDto, ConflictsDto, SessionDraft, SessionDto, TemplateDto } from "../bindings";
import { iso, session } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const clockOf = (at: string, zone: string) =>
  new Date(at).toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const localOf = (at: number, zone: string) =>
  new Date(at).toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T").slice(0, 16);

/** The class of the same instructor that overlaps the planned one. */
function overlap(planned: SessionDto, other: SessionDto): ConflictDto {
  const zone = planned.timezone;
  const overlapping = Math.min(Date.parse(planned.end), Date.parse(other.end));
  const minutes = (overlapping - Math.max(Date.parse(planned.start), Date.parse(other.start))) / MINUTE;
  const next = Date.parse(other.end) + MINUTE;
  const begin = localOf(next, zone);
  return {
    kind: "instructor",
    message: `${planned.instructor} teaches “${other.title}” from ${clockOf(other.start, zone)} to ${clockOf(other.end, zone)}. The two classes overlap by ${Math.round(minutes)} minutes.`,
    session_id: other.id,
    solutions: [
      { label: `Begin at ${begin.slice(11)}`, start_local: begin, duration_minutes: null, max_participants: null },
    ],
  };
}

export function planning(world: World) {
  const { store, scenario, needCloud, findSession, draft, nextNumber } = world;
  let templates: TemplateDto[] =
    scenario === "empty"
      ? []
      : [
          {
            id: "template-1",
            name: "Beginners",
            title: "Karate for beginners",
            instructor: "Yamada Rin",
            duration_minutes: 60,
            record: true,
            quality: "720p",
            max_participants: 30,
            people: 12,
          },
        ];
  let strays = scenario === "empty" ? [] : [{ id: "room-left-open", title: "Aikido open mat" }];
  const put = (template: TemplateDto) => {
    const others = templates.filter(({ id }) => id !== template.id);
    if (!template.name.trim()) fail("invalid_input", "The name is empty.", "Name the template.");
    if (others.some(({ name }) => name.toLowerCase() === template.name.toLowerCase())) {
      const message = `There is a template “${template.name}” already.`;
      const next = "Choose another name, or remove that template first.";
      fail("invalid_input", message, next, [{ field: "name", message, next }]);
    }
    templates = [...others, template].toSorted((a, b) => a.name.localeCompare(b.name));
    return template;
  };
  const planned = (input: SessionDraft) => draft(session(0, Date.now()), input);
  const conflicts = (input: SessionDraft, isOwn: (other: SessionDto) => boolean): ConflictsDto => {
    const plan = planned(input);
    const others = store.sessions.filter(
      (other) =>
        !isOwn(other) &&
        (other.status === "scheduled" || other.status === "live") &&
        other.instructor.toLowerCase() === plan.instructor.toLowerCase() &&
        other.start < plan.end &&
        other.end > plan.start,
    );
    const offline = scenario === "offline";
    return {
      conflicts: others.map((other) => overlap(plan, other)),
      minutes_left: plan.record && !offline ? 1840 : null,
      minutes_at: plan.record && !offline ? iso(Date.now() - 2 * MINUTE) : null,
      minutes_unknown: plan.record && offline ? "Cloudflare cannot be reached." : null,
    };
  };
  return {
    session_conflicts: ({ input, sessionId }) => conflicts(input, ({ id }) => id === sessionId),
    series_conflicts: ({ input, sessionId }) => {
      const of = findSession(sessionId);
      return conflicts(input, (other) => other.id === sessionId || (other.series?.id ?? "") === of.series?.id);
    },
    templates_list: () => templates,
    template_save: ({ template, input }) => {
      const known = templates.find(({ id }) => id === template);
      return put({ ...input, id: known?.id ?? `template-${nextNumber()}`, people: known?.people ?? 0 });
    },
    template_from_session: ({ sessionId, name }) => {
      const { title, instructor, duration_minutes, record, quality, max_participants } = findSession(sessionId);
      const plan = { title, instructor, duration_minutes, record, quality, max_participants };
      return put({ ...plan, id: `template-${nextNumber()}`, name: name.trim(), people: 3 });
    },
    template_remove: ({ template }) => {
      templates = templates.filter(({ id }) => id !== template);
      return `change-${nextNumber()}`;
    },
    template_session_create: ({ input }) => {
      const next = draft(session(nextNumber(), Date.now()), input);
      store.sessions = [...store.sessions, next];
      return next;
    },
    rooms_open: () => {
      needCloud();
      const live = store.live.map(({ session: of }) => ({
        id: of.room_id ?? of.id,
        title: of.title,
        opened_at: of.started_at,
        stray: false,
        known: "Its class is live.",
      }));
      const left = strays.map((room) => ({ ...room, opened_at: null, stray: true, known: "Its class is over." }));
      return [...left, ...live];
    },
    room_close: ({ room }) => {
      needCloud();
      strays = strays.filter(({ id }) => id !== room);
      return null;
    },
  } satisfies Partial<Answers>;
}
