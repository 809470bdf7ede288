// The mock's answers to the commands about watch links.
import type { WatchLinkDto, WatchPlayDto } from "../bindings";
import { day } from "../../lib/format";
import { fakeId, iso } from "./scenario";
import { writtenAs } from "./sharing";
import { fail, MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;

export function watchLinks(world: World) {
  const { store, needCloud, findRecording, nextNumber } = world;
  const made = new Map<string, WatchLinkDto>();

  /** The links that a recording has at the start, where the join page has a door. */
  function atStart(recordingId: string): void {
    const isFirst = store.recordings.find((row) => row.status === "READY")?.id === recordingId;
    if (!isFirst || store.door.state === "none" || made.size > 0) return;
    const now = Date.now();
    const plain = { recording_id: recordingId, note: "", download: false, passphrase: false, watched: null, plays: 0 };
    const until = (days: number) => iso(now + days * DAY);
    const links: Omit<WatchLinkDto, "id">[] = [
      {
        ...plain,
        state: "works",
        sentence: `Works until ${day(until(28))}.`,
        watched: "watched twice, last Tue 20:14",
        plays: 2,
        made_at: until(-2),
        until: until(28),
        note: "the parents of the kids class",
        passphrase: true,
      },
      {
        ...plain,
        state: "waits",
        sentence: "Works as soon as the door was reached.",
        made_at: iso(now),
        until: until(7),
      },
      { ...plain, state: "revoked", sentence: "Revoked.", made_at: until(-9), until: until(21) },
    ];
    for (const link of links) {
      const id = fakeId(11, nextNumber());
      made.set(id, { id, ...link });
    }
  }
  function find(id: string): WatchLinkDto {
    return made.get(id) ?? fail("not_found", "There is no such watch link.", "Look at the list again.");
  }

  return {
    watch_link_make: ({ recordingId, form, format }) => {
      needCloud();
      const found = findRecording(recordingId);
      if (store.door.state === "none")
        fail("conflict", "The join page has no door.", "Publish it in Settings, or make a direct link for 24 hours.");
      const id = fakeId(11, nextNumber());
      const until = form.until === null ? iso(Date.now() + 30 * DAY) : `${form.until}T22:59:59Z`;
      const link: WatchLinkDto = {
        id,
        recording_id: recordingId,
        state: "works",
        sentence: `Works until ${day(until)}.`,
        watched: null,
        plays: 0,
        made_at: iso(Date.now()),
        until,
        note: form.note,
        download: form.download,
        passphrase: form.passphrase !== null,
      };
      made.set(id, link);
      const url = `https://hajime-join.harbour.workers.dev/w/${id.slice(-12)}`;
      const { sentence } = link;
      const copied = format !== "qr";
      return { link, url, copied, verified: true, doubt: null, sentence, written: writtenAs(found.title, url) };
    },
    watch_links: ({ recordingId }) => {
      atStart(recordingId);
      const all = [...made.values()].filter((link) => link.recording_id === recordingId);
      return all.toSorted((one, other) => other.until.localeCompare(one.until));
    },
    watch_link_copy: ({ linkId }) => find(linkId) !== null,
    watch_link_revoke: ({ linkId }) => {
      needCloud();
      const revoked: WatchLinkDto = { ...find(linkId), state: "revoked", sentence: "Revoked." };
      made.set(linkId, revoked);
      return { ...revoked, sentence: "It ends at once for new viewers and within the hour for those who watch." };
    },
    watch_link_plays: ({ linkId }): WatchPlayDto[] =>
      Array.from({ length: find(linkId).plays }, (_, n) => ({
        at: iso(Date.now() - (n + 1) * DAY),
        country: n === 0 ? "DE" : null,
      })),
  } satisfies Partial<Answers>;
}
