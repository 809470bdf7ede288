// Downloads, archivings and the places of the archive in the mock.
import type { PlaceDto, RecordingDto, RecordingsQuery, RequestedDto, TransferDto, TransferKind } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, type Answers, type World } from "./world";

/** The steps in which a mock transfer reaches its end. */
const STEPS = 4;

export function transfers(world: World, matchingOf: (query: RecordingsQuery) => RecordingDto[]) {
  const { store, scenario, emit, later, findRecording, nextNumber } = world;
  let places: PlaceDto[] =
    scenario === "empty"
      ? []
      : [
          {
            id: fakeId(8, 1),
            name: "Office NAS",
            is_bucket: false,
            whereabouts: "/mnt/office/archive",
            has_key: true,
          },
          {
            id: fakeId(8, 2),
            name: "Exams",
            is_bucket: true,
            whereabouts: "exams at account.r2.cloudflarestorage.com",
            has_key: true,
          },
        ];
  let all: TransferDto[] = [];

  const put = (next: TransferDto): TransferDto => {
    all = all.map((row) => (row.id === next.id ? next : row));
    return next;
  };
  const find = (id: string) =>
    all.find((row) => row.id === id) ??
    fail("not_found", `There is no transfer ${id}.`, "Look at the list again; it may have been removed.");
  const place = (id: string) =>
    places.find((row) => row.id === id) ??
    fail("not_found", `There is no place of the archive ${id}.`, "Look at the list again; it may have been removed.");

  function walk(id: string, step = 1): void {
    later(() => {
      const row = all.find((one) => one.id === id);
      if (row?.state !== "active") return;
      const total = row.total_bytes ?? 1;
      if (step >= STEPS) {
        put({
          ...row,
          state: "done",
          step: "verify",
          done_bytes: row.way_bytes ?? total,
          sha256: "0".repeat(64),
          ended_at: iso(Date.now()),
        });
      } else {
        put({ ...row, step: "fetch", done_bytes: Math.round(((row.way_bytes ?? total) * step) / STEPS) });
        walk(id, step + 1);
      }
      emit("transfers");
    });
  }

  function request(
    { ids, matching, except }: { ids: string[]; matching: RecordingsQuery | null; except: string[] },
    kind: TransferKind,
    to: string,
    shows: boolean,
  ): RequestedDto {
    const rows = matching
      ? matchingOf(matching).filter((row) => !except.includes(row.id))
      : ids.map((id) => findRecording(id));
    const requested: RequestedDto = { transfers: [], refused: [] };
    for (const row of rows) {
      if (row.status !== "READY") {
        const error = {
          code: "not_ready" as const,
          message: `The recording cannot be watched: ${row.sentence}`,
          next: "Wait until it is ready, or open it to see what is missing.",
        };
        requested.refused.push({ id: row.id, title: row.title, error });
        continue;
      }
      const total = row.size_bytes ?? 300_000_000;
      const transfer: TransferDto = {
        id: fakeId(9, nextNumber()),
        recording_id: row.id,
        title: row.title,
        kind,
        state: "active",
        step: "prepare",
        to,
        name: `${row.title}.${kind === "sound" ? "m4a" : "mp4"}`,
        shows,
        total_bytes: total,
        way_bytes: kind === "archive" ? total * 2 : total,
        done_bytes: 0,
        sha256: null,
        said: "",
        next_try: null,
        created_at: iso(Date.now()),
        ended_at: null,
      };
      all = [transfer, ...all];
      requested.transfers.push(transfer);
      walk(transfer.id);
    }
    return requested;
  }

  const over = (row: TransferDto) => row.state === "done" || row.state === "cancelled";

  return {
    transfers_list: () => all,
    transfer_pause: ({ id }) => {
      const row = find(id);
      if (row.state !== "active")
        fail("conflict", "It is not under way, so it cannot be paused.", "Look at the list of transfers again.");
      return put({ ...row, state: "paused", said: "" });
    },
    transfer_resume: ({ id }) => {
      const row = find(id);
      if (over(row)) fail("conflict", "It is over, so it does not go on.", "Look at the list of transfers again.");
      walk(id, 2);
      return put({ ...row, state: "active", said: "" });
    },
    transfer_cancel: ({ id }) => {
      const row = find(id);
      if (over(row)) fail("conflict", "It is over, so it cannot be cancelled.", "Look at the list of transfers again.");
      return put({ ...row, state: "cancelled", said: "", ended_at: iso(Date.now()) });
    },
    transfer_show: ({ id }) => find(id).shows,
    recordings_download: (args) => request(args, args.sound ? "sound" : "video", "/home/office/Downloads", true),
    recordings_archive: (args) => {
      const to = place(args.place);
      return request(args, "archive", to.name, !to.is_bucket);
    },
    archive_places: () => places,
    archive_folder_add: ({ name }) => {
      if (!name.trim()) fail("invalid_input", "The place has no name.", "Write a name, such as “Office NAS”.");
      const added: PlaceDto = {
        id: fakeId(8, nextNumber()),
        name,
        is_bucket: false,
        whereabouts: "/mnt/archive",
        has_key: true,
      };
      places = [...places, added];
      return added;
    },
    archive_bucket_add: ({ name, bucket, secret }) => {
      if (!name.trim()) fail("invalid_input", "The place has no name.", "Write a name, such as “Office NAS”.");
      if (!bucket.endpoint.startsWith("https://")) {
        const next = "Copy the S3 address of the service; it begins with https://.";
        const message = "This is no address of an S3 service.";
        fail("invalid_input", message, next, [{ field: "endpoint", message, next }]);
      }
      if (!secret) fail("invalid_input", "This is no secret key.", "Copy the secret access key.");
      const whereabouts = `${bucket.bucket} at ${new URL(bucket.endpoint).host}`;
      const added: PlaceDto = { id: fakeId(8, nextNumber()), name, is_bucket: true, whereabouts, has_key: true };
      places = [...places, added];
      return added;
    },
    archive_key_set: ({ id }) => {
      const changed = { ...place(id), has_key: true };
      places = places.map((row) => (row.id === id ? changed : row));
      return null;
    },
    archive_test: ({ id }) => {
      place(id);
      return null;
    },
    archive_remove: ({ id }) => {
      const gone = place(id);
      places = places.filter((row) => row !== gone);
      return null;
    },
    archive_contents: ({ id }) => {
      place(id);
      return store.recordings.slice(0, 3).map((row, index) => ({
        name: `${row.title}.json`,
        title: row.title,
        recorded_at: row.recorded_at,
        bytes: row.size_bytes,
        is_in_library: index > 0,
      }));
    },
    archive_import: ({ id, name }) => {
      place(id);
      const row = store.recordings.find((one) => `${one.title}.json` === name);
      if (!row) fail("conflict", `The archive has no “${name}”.`, "Look at what it has, then choose again.");
      return { recording_id: row.id, title: row.title, goes_back: true };
    },
  } satisfies Partial<Answers>;
}
