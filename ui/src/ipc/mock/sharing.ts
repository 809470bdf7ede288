// The mock's answers to the commands about links.
import type { LinkFileDto } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

export function sharing(world: World) {
  const { store, needCloud, findRecording, putRecording, nextNumber } = world;
  return {
    link_make: ({ recordingId, hours, download }) => {
      needCloud();
      const found = findRecording(recordingId);
      if (found.status !== "READY") fail("not_ready", `“${found.title}” is not ready yet.`, found.sentence);
      const link = {
        id: fakeId(3, nextNumber()),
        recording_id: found.id,
        recording_title: found.title,
        video_id: found.video_id ?? "",
        kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0",
        created_at: iso(Date.now()),
        expires_at: iso(Date.now() + hours * 60 * MINUTE),
        download,
      };
      store.links = [link, ...store.links];
      putRecording({ ...found, links_made: found.links_made + 1 });
      const file: LinkFileDto | null = download ? { state: "preparing", percent: 0 } : null;
      return { link, url: `http://127.0.0.1:9/${link.id}/watch`, copied: true, verified: true, doubt: null, file };
    },
    link_reissue: ({ linkId }) => {
      needCloud();
      const earlier = store.links.find((row) => row.id === linkId);
      if (!earlier) fail("not_found", `There is no link ${linkId}.`, "Look at the list again.");
      const hours = Math.round((Date.parse(earlier.expires_at) - Date.parse(earlier.created_at)) / (60 * MINUTE));
      const made = { created_at: iso(Date.now()), expires_at: iso(Date.now() + hours * 60 * MINUTE) };
      const link = { ...earlier, ...made, id: fakeId(3, nextNumber()) };
      store.links = [link, ...store.links];
      const file: LinkFileDto | null = link.download ? { state: "preparing", percent: 0 } : null;
      return { link, url: `http://127.0.0.1:9/${link.id}/watch`, copied: true, verified: true, doubt: null, file };
    },
    link_file: ({ linkId, copy }) => {
      needCloud();
      return { state: "ready", url: `http://127.0.0.1:9/${linkId}/downloads/default.mp4`, copied: copy };
    },
    links_list: () => store.links,
  } satisfies Partial<Answers>;
}
