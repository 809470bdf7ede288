import { api, type WaitingRoomDto, type WaitingPersonDto } from "../../ipc/client";
import { Actions } from "../actions.svelte";
import { onTopics, Resource } from "../async.svelte";
import { countPeople } from "../schedule/roster.svelte";
import { done } from "../toasts";

/** The time between two readings of the list, in milliseconds. It is read from this desk, which asks the door by itself. */
const INTERVAL_MS = 5_000;

/** The people who came by a class link and wait until the host lets them in, and whether the class asks the host. */
export class Waiting {
  readonly list: Resource<WaitingRoomDto>;
  readonly actions = new Actions<string>({ note: true });
  readonly #session: string;

  constructor(session: string) {
    this.#session = session;
    this.list = new Resource<WaitingRoomDto>(() => api.waitingList(session));
  }

  get people(): readonly WaitingPersonDto[] {
    return this.list.value?.people ?? [];
  }

  /** Reads the list, and again after each change and every few seconds; the returned function stops that. */
  open(): () => void {
    void this.list.refresh();
    const timer = setInterval(() => void this.list.refresh(), INTERVAL_MS);
    const stop = onTopics(["sessions"], () => void this.list.refresh());
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  admit({ seat }: WaitingPersonDto): Promise<boolean> {
    return this.#run(seat, () => api.waitingAdmit(this.#session, seat));
  }

  refuse({ seat, name }: WaitingPersonDto): Promise<boolean> {
    return this.#run(seat, async () => {
      await api.waitingRefuse(this.#session, seat);
      done(`${name} is not let in`, "The page says so to them.");
    });
  }

  admitAll(): Promise<boolean> {
    return this.#run("everybody", async () => {
      const before = this.people.length;
      await api.waitingAdmitAll(this.#session);
      done(`${countPeople(before)} let in`);
    });
  }

  lock(locked: boolean): Promise<boolean> {
    return this.#run("lock", () => api.classLock(this.#session, locked));
  }

  #run(key: string, work: () => Promise<unknown>): Promise<boolean> {
    return this.actions.run(key, async () => {
      await work();
      await this.list.refresh();
    });
  }
}
