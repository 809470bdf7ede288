// The mock's answers to the commands about feeds and the calendars for other programs.
import type { CalendarCheckDto, CalendarPlacesDto, FeedDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

export function calendarFeeds(world: World) {
  const { emit, nextNumber } = world;
  let feeds: FeedDto[] = [];
  let places: CalendarPlacesDto = { file: null, published: null };

  const found = (): CalendarCheckDto => ({
    name: "Harbour hall",
    new: [{ title: "Judo", start: iso(Date.now() + 3 * 1440 * MINUTE), repeats: "every Friday" }],
    changed: [],
    same: 0,
    gone: [],
    changed_here: [],
    refused: [],
    holidays: [],
    conflicts: [],
    floating: 0,
  });
  function host(address: string): string {
    const match = /^(?:https|webcals?):\/\/([^/?#]+)/i.exec(address.trim());
    return (
      match?.[1] ??
      fail(
        "invalid_input",
        "This is not the address of a calendar.",
        "Copy the address of the calendar from the other program: it begins with https:// or webcal://.",
      )
    );
  }
  function feedOf(id: string): FeedDto {
    return (
      feeds.find((feed) => feed.id === id) ?? fail("not_found", `There is no feed ${id}.`, "Look at the list again.")
    );
  }
  function read(feed: FeedDto): FeedDto {
    const now = Date.now();
    return { ...feed, read_at: iso(now), next_at: iso(now + feed.every_minutes * MINUTE), trouble: null };
  }
  function changed(next: CalendarPlacesDto): CalendarPlacesDto {
    places = next;
    emit("sessions");
    return places;
  }
  return {
    feeds_list: () => feeds,
    feed_check: ({ feed }) => {
      host(feed.address);
      return found();
    },
    feed_add: ({ feed }) => {
      const made = read({
        id: `feed-${nextNumber()}`,
        name: feed.name.trim() || "Harbour hall",
        address: `https://${host(feed.address)}/…`,
        every_minutes: 60,
        read_at: "",
        next_at: "",
        changed_here: 0,
        refused: 0,
        trouble: null,
      });
      feeds = [...feeds, made];
      emit("sessions");
      return { feed: made, import: found(), change: `import-${nextNumber()}` };
    },
    feed_refresh: ({ feed }) => {
      const now = read(feedOf(feed));
      feeds = feeds.map((one) => (one.id === feed ? now : one));
      emit("sessions");
      return { feed: now, import: null, change: null };
    },
    feed_remove: ({ feed }) => {
      const removed = feedOf(feed);
      feeds = feeds.filter((one) => one.id !== feed);
      emit("sessions");
      return removed;
    },
    calendar_places: () => places,
    calendar_keep_file: ({ path }) => {
      if (path !== null && !path.startsWith("/")) {
        const next = "Write it from the root of the disk, for example /home/me/classes.ics.";
        fail("invalid_input", `${path} is not a whole path.`, next);
      }
      return changed({
        ...places,
        file: path === null ? null : { place: path, written_at: iso(Date.now()), trouble: null },
      });
    },
    calendar_publish: () =>
      changed({
        ...places,
        published: {
          place: `https://hajime-calendar-5d0a61f2.dojo-012345.workers.dev/${String(nextNumber()).padStart(40, "0")}.ics`,
          written_at: iso(Date.now()),
          trouble: null,
        },
      }),
    calendar_take_down: () => changed({ ...places, published: null }),
  } satisfies Partial<Answers>;
}
