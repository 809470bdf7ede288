import { api, type ClassLinkDto, type SessionDto, type UserError } from "../../ipc/client";
import { Actions } from "../actions.svelte";
import { Resource } from "../async.svelte";
import { done } from "../toasts";

const NOT_COPIED: UserError = {
  code: "clipboard",
  message: "The clipboard did not take the class link.",
  next: "Another program has the clipboard. Press the button again.",
};

/** Copies the link of a class, or of its whole series, and says who comes in by it. */
export async function copyClassLink(session: SessionDto, series: boolean): Promise<ClassLinkDto> {
  const link = await api.classLinkCopy(session.id, series);
  if (!link.copied) throw NOT_COPIED;
  done(series ? "Link of the series copied" : "Class link copied", link.sentence);
  return link;
}

/** The link for everybody of one class or of its whole series. */
export class ClassLink {
  readonly link: Resource<ClassLinkDto>;
  readonly actions = new Actions<"copy" | "renew" | "revoke">({ note: true, exclusive: true });
  /** Whether the link of the whole series is meant. */
  series = $state(false);
  readonly #session: SessionDto;

  constructor(session: SessionDto) {
    this.#session = session;
    this.link = new Resource<ClassLinkDto>(() => api.classLinkState(session.id, this.series), ["desk", "sessions"]);
  }

  choose(series: boolean): void {
    this.series = series;
    this.actions.error = null;
    void this.link.refresh();
  }

  copy(): Promise<boolean> {
    return this.#run("copy", () => copyClassLink(this.#session, this.series));
  }

  renew(): Promise<boolean> {
    return this.#run("renew", async () => {
      const link = await api.classLinkRenew(this.#session.id, this.series);
      if (!link.copied) throw NOT_COPIED;
      done("New link copied", "The one before lets nobody in any more.");
    });
  }

  revoke(): Promise<boolean> {
    return this.#run("revoke", async () => {
      await api.classLinkRevoke(this.#session.id, this.series);
      done("Link revoked", "It lets nobody in any more.");
    });
  }

  #run(key: "copy" | "renew" | "revoke", work: () => Promise<unknown>): Promise<boolean> {
    return this.actions.run(key, async () => {
      try {
        await work();
      } finally {
        await this.link.refresh();
      }
    });
  }
}
