import { api, type UserError, type WatchLinkDto, type WatchPlayDto } from "../../ipc/client";
import { Actions } from "../actions.svelte";
import { Resource } from "../async.svelte";
import { done } from "../toasts";

const NOT_COPIED: UserError = {
  code: "clipboard",
  message: "The clipboard did not take the link.",
  next: "Another program has the clipboard. Press the button again.",
};

/** The watch links of one recording, and what is done with each. */
export class WatchLinks {
  readonly links: Resource<WatchLinkDto[]>;
  readonly actions = new Actions<string>({ note: true });
  /** The link whose plays are on show. */
  opened = $state<string | null>(null);
  /** When the opened link was played; undefined until that was read. */
  plays = $state.raw<readonly WatchPlayDto[] | undefined>(undefined);

  constructor(recordingId: string) {
    this.links = new Resource<WatchLinkDto[]>(() => api.watchLinks(recordingId), ["links"]);
  }

  copy(link: WatchLinkDto): Promise<boolean> {
    return this.actions.run(`copy ${link.id}`, async () => {
      if (!(await api.watchLinkCopy(link.id))) throw NOT_COPIED;
      done("Watch link copied", link.sentence);
    });
  }

  revoke(link: WatchLinkDto): Promise<boolean> {
    return this.actions.run(`revoke ${link.id}`, async () => {
      const { sentence } = await api.watchLinkRevoke(link.id);
      done("Watch link revoked", sentence);
      await this.links.refresh();
    });
  }

  /** Shows when a link was played, or hides it again. */
  async toggle(link: WatchLinkDto): Promise<void> {
    this.plays = undefined;
    if (this.opened === link.id) {
      this.opened = null;
      return;
    }
    this.opened = link.id;
    const read = await this.actions.run(`plays ${link.id}`, async () => {
      const plays = await api.watchLinkPlays(link.id);
      if (this.opened === link.id) this.plays = plays;
    });
    if (!read && this.opened === link.id) this.opened = null;
  }
}
