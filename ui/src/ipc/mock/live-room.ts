// The mock's answers to the commands about the room of a live session: who is there, removing one of them, and the planned end.
import type { NextClassDto, RoomPeopleDto, RoomPersonDto, SessionDto } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

/** Who is in the room at the start: name, minutes since they came, minutes since they left, and the name on the list. */
const FIRST: [name: string, came: number, left: number | null, listed: string | null][] = [
  ["R. Alves", 42, null, null],
  ["B. Okoye", 44, null, "B. Okoye"],
  ["Cara", 43, null, "C. Duarte"],
  ["D. Szabo", 40, 12, "D. Szabo"],
  ["Yuki Tanaka-Fernández de la Vega", 31, null, "Yuki Tanaka-Fernández de la Vega"],
  ["نور الحسن", 30, null, "نور الحسن"],
  ["Guest 4", 18, null, null],
];

export function liveRoom(world: World) {
  const { store, needCloud, findLive, findSession, putSession, putLive, nextNumber } = world;
  const rooms = new Map<string, RoomPersonDto[]>();
  const ends = new Map<string, SessionDto>();

  function peopleOf(sessionId: string): RoomPersonDto[] {
    needCloud();
    findLive(sessionId);
    const known = rooms.get(sessionId);
    if (known) return known;
    const now = Date.now();
    const people = FIRST.map(([name, came, left, listed_as], index): RoomPersonDto => ({
      participant: fakeId(7, nextNumber()),
      name,
      listed_as,
      role: index === 0 ? "host" : "participant",
      consent: name === "Cara" ? "declined" : index % 2 === 1 ? "agreed" : "unknown",
      way_in: index === 0 ? "host" : listed_as === null ? "room_code" : "own_link",
      joined_at: iso(now - came * MINUTE),
      left_at: left === null ? null : iso(now - left * MINUTE),
      present_minutes: came - (left ?? 0),
    }));
    return put(sessionId, people);
  }
  function put(sessionId: string, people: RoomPersonDto[]): RoomPersonDto[] {
    const sorted = people.toSorted((a, b) => Number(a.left_at !== null) - Number(b.left_at !== null));
    rooms.set(sessionId, sorted);
    return sorted;
  }
  const told = (people: RoomPersonDto[]): RoomPeopleDto => ({ people, checked_at: iso(Date.now()) });

  /** The same instructor's next class, if it begins before the end. */
  function overlappedBy(session: SessionDto): NextClassDto | null {
    const next = store.sessions.find(
      (row) =>
        row.status === "scheduled" &&
        row.instructor === session.instructor &&
        row.start > session.start &&
        row.start < session.end,
    );
    return next ? { title: next.title, start: next.start } : null;
  }
  function moveEnd(session: SessionDto, end: number): SessionDto {
    const duration_minutes = Math.round((end - Date.parse(session.start)) / MINUTE);
    const next = putSession({ ...session, end: iso(end), duration_minutes });
    putLive({ ...findLive(session.id), overlapped: overlappedBy(next) });
    return next;
  }

  return {
    room_people: ({ sessionId }) => told(peopleOf(sessionId)),
    room_remove: ({ sessionId, participant }) => {
      const left_at = iso(Date.now());
      const is = (one: RoomPersonDto) => one.participant === participant && one.left_at === null;
      return told(
        put(
          sessionId,
          peopleOf(sessionId).map((one) => (is(one) ? { ...one, left_at } : one)),
        ),
      );
    },
    session_extend: ({ id, minutes }) => {
      if (!Number.isInteger(minutes) || minutes < 1 || minutes > 1440) {
        fail("invalid_input", `A class cannot be extended by ${minutes} minutes.`, "Give a number from 1 to 1440.");
      }
      const before = findLive(id).session;
      const change = fakeId(8, nextNumber());
      ends.set(change, before);
      const session = moveEnd(before, Math.max(Date.parse(before.end), Date.now()) + minutes * MINUTE);
      return { session, change, overlapped: overlappedBy(session), recording_cut: null };
    },
    session_keep_open: ({ id, keep }) => {
      putLive({ ...findLive(id), countdown: null, ends_by_itself: !keep });
      return null;
    },
    session_extend_undo: ({ id, change }) => {
      const before = ends.get(change) ?? fail("not_found", "That change is no longer there.", "Look again.");
      return moveEnd(findSession(id), Date.parse(before.end));
    },
  } satisfies Partial<Answers>;
}
