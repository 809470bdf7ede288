import { api, type RoomPeopleDto, type RoomPersonDto } from "../../ipc/client";
import { Actions } from "../actions.svelte";
import { Resource } from "../async.svelte";
import { done } from "../toasts";

/** The time between two questions while the list is open, in milliseconds. The shell asks Cloudflare no more often either. */
const INTERVAL_MS = 10_000;

/** The name of somebody in the room; a person without one is a guest. */
export const roomName = (person: RoomPersonDto): string => person.name || person.listed_as || "Guest without a name";

/** The people in the room of a live session. */
export class RoomPeople {
  readonly list: Resource<RoomPeopleDto>;
  readonly actions = new Actions<string>({ note: true });
  readonly #session: string;

  constructor(session: string) {
    this.#session = session;
    this.list = new Resource<RoomPeopleDto>(() => api.roomPeople(session));
  }

  /** Fetches the list, and again every ten seconds; the returned function stops that. */
  open(): () => void {
    void this.list.refresh();
    const timer = setInterval(() => void this.list.refresh(), INTERVAL_MS);
    return () => clearInterval(timer);
  }

  remove(person: RoomPersonDto): Promise<boolean> {
    const { participant } = person;
    if (participant === null) return Promise.resolve(false);
    return this.actions.run(participant, async () => {
      await api.roomRemove(this.#session, participant);
      done(`${roomName(person)} is no longer in the room`, "Their link lets nobody in any more.");
      await this.list.refresh();
    });
  }
}
