// The mock's answers to the commands about links.
import type { LinkDto, LinkForm, MadeLinkDto, ViewersForm } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const PLAIN: Omit<LinkForm, "hours" | "download"> = {
  not_before: null,
  viewers: { who: "everybody" },
  group_id: null,
  start_at: null,
  captions: null,
};

function checkKinds(viewers: ViewersForm): void {
  if (viewers.who !== "only_addresses" || viewers.one_kind_is_meant) return;
  if (new Set(viewers.addresses.map((address) => address.includes(":"))).size === 2) return;
  const message =
    "The addresses are of one kind alone, IPv4 or IPv6. Whoever comes over the other kind can never watch, also from the same place.";
  const next = "Add the other addresses of the same place, or confirm that this is meant.";
  fail("invalid_input", message, next, [{ field: "one_kind_is_meant", message, next }]);
}

/** A link in the ways in which it is copied. */
export function writtenAs(title: string, url: string): MadeLinkDto["written"] {
  return {
    plain: `${title}\n${url}`,
    html: `<a href="${url}">${title.replace(/[&<>"]/g, "")}</a>`,
    markdown: `[${title}](<${url}>)`,
    embed: `<iframe src="${url}"></iframe>`,
    qr: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h3v3h-3zM5 5h3v3h-3z"/></svg>',
    letter: { subject: `Recording: ${title}`, text: `You can watch the recording of “${title}” here:\n\n${url}` },
  };
}

function madeOf(link: LinkDto, startAt: number | null): MadeLinkDto {
  const url = `http://127.0.0.1:9/${link.id}/${startAt === null ? "watch" : `iframe?startTime=${startAt}s`}`;
  const title = link.recording_title;
  return {
    link,
    url,
    copied: true,
    verified: true,
    doubt: null,
    refused_here: false,
    written: writtenAs(title, url),
    file: link.download ? { state: "preparing", percent: 0 } : null,
  };
}

export function sharing(world: World) {
  const { store, needCloud, findRecording, putRecording, nextNumber } = world;
  const make = (recordingId: string, form: LinkForm): MadeLinkDto => {
    needCloud();
    const found = findRecording(recordingId);
    if (found.status !== "READY") fail("not_ready", `“${found.title}” is not ready yet.`, found.sentence);
    checkKinds(form.viewers);
    const link = {
      id: fakeId(3, nextNumber()),
      recording_id: found.id,
      recording_title: found.title,
      video_id: found.video_id ?? "",
      kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0",
      created_at: iso(Date.now()),
      expires_at: iso(Date.now() + form.hours * 60 * MINUTE),
      download: form.download,
    };
    store.links = [link, ...store.links];
    putRecording({ ...found, links_made: found.links_made + 1 });
    return madeOf(link, form.start_at);
  };
  return {
    link_make: ({ recordingId, hours, download }) => make(recordingId, { ...PLAIN, hours, download }),
    link_make_as: ({ recordingId, form }) => make(recordingId, form),
    link_draft: () => null,
    link_copy: () => true,
    link_countries: () => ["AT", "CH", "DE", "FR", "GB", "JP", "US"],
    link_reissue: ({ linkId }) => {
      needCloud();
      const earlier = store.links.find((row) => row.id === linkId);
      if (!earlier) fail("not_found", `There is no link ${linkId}.`, "Look at the list again.");
      const hours = Math.round((Date.parse(earlier.expires_at) - Date.parse(earlier.created_at)) / (60 * MINUTE));
      const made = { created_at: iso(Date.now()), expires_at: iso(Date.now() + hours * 60 * MINUTE) };
      const link = { ...earlier, ...made, id: fakeId(3, nextNumber()) };
      store.links = [link, ...store.links];
      return madeOf(link, null);
    },
    link_file: ({ linkId, copy }) => {
      needCloud();
      return { state: "ready", url: `http://127.0.0.1:9/${linkId}/downloads/default.mp4`, copied: copy };
    },
    links_list: () => store.links,
  } satisfies Partial<Answers>;
}
