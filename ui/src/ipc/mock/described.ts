// Titles, notes, tags, views and pictures in the mock.
import type { BulkDto, RecordingDto, RecordingsQuery, SavedViewDto } from "../bindings";
import { fail, type Answers, type World } from "./world";

const TAG_MAX = 40;
const TAGS_MAX = 20;
const NAME_MAX = 40;

const line = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");
const key = (tag: string) => tag.normalize("NFKC").toLowerCase();

function checked(tag: string): string {
  const name = line(tag);
  if (!name) fail("invalid_input", "A tag is empty.", "Write a word, for example “kihon”.");
  if (name.length > TAG_MAX) {
    fail("invalid_input", `A tag has ${name.length} characters.`, "Use at most 40 characters for a tag.");
  }
  return name;
}

/** The tags, each once. */
function each(tags: readonly string[]): string[] {
  const all = new Map<string, string>();
  tags.map(checked).forEach((tag) => all.set(key(tag), all.get(key(tag)) ?? tag));
  return [...all.values()].toSorted();
}

export function described(world: World, matchingOf: (query: RecordingsQuery) => RecordingDto[]) {
  const { store, emit, findRecording, putRecording, nextNumber, noteChange } = world;
  let views: SavedViewDto[] = [];

  return {
    recording_describe: ({ id, draft }) => {
      const before = findRecording(id);
      const title = draft.title === undefined ? before.title : line(draft.title);
      if (!title) fail("invalid_input", "The title is empty.", "Write a title.");
      const notes = draft.notes ?? before.notes;
      if (notes.length > 2000) {
        fail("invalid_input", `The notes have ${notes.length} characters.`, "Use at most 2,000 characters.");
      }
      const tags = draft.tags ? each(draft.tags) : before.tags;
      const recording = putRecording({ ...before, title, notes, tags });
      emit("recordings");
      return { recording, change: noteChange(() => void putRecording(before)) };
    },
    recordings_tag: ({ ids, matching, except, add, remove }) => {
      const [adding, removing] = [each(add), each(remove).map(key)];
      if (adding.length === 0 && removing.length === 0) {
        fail("invalid_input", "No tag was named.", "Name a tag to add or to take off.");
      }
      const rows = matching
        ? matchingOf(matching).filter((row) => !except.includes(row.id))
        : store.recordings.filter((row) => ids.includes(row.id));
      const refused: BulkDto["refused"] = [];
      const before: RecordingDto[] = [];
      for (const row of rows) {
        const tags = each([...row.tags.filter((tag) => !removing.includes(key(tag))), ...adding]);
        if (tags.length > TAGS_MAX) {
          const message = `A recording would have ${tags.length} tags.`;
          const next = "A recording has at most 20 tags. Take one off first.";
          refused.push({ id: row.id, title: row.title, error: { code: "invalid_input", message, next } });
        } else if (tags.join() !== row.tags.join()) {
          before.push(row);
          putRecording({ ...row, tags });
        }
      }
      emit("recordings");
      const change = before.length > 0 ? noteChange(() => before.forEach(putRecording)) : null;
      return { changed: before.length, unchanged: rows.length - before.length - refused.length, refused, change };
    },
    recording_pictures: () => [],
    library_views: () => views,
    library_view_save: ({ view, name, query }) => {
      const known = line(name);
      if (!known) fail("invalid_input", "The name is empty.", "Name the view, for example “Belt exams”.");
      if (known.length > NAME_MAX) {
        fail("invalid_input", `The name has ${known.length} characters.`, "Use at most 40 characters.");
      }
      if (views.some((one) => one.id !== view && key(one.name) === key(known))) {
        const next = "Choose another name, or remove that view first.";
        fail("invalid_input", `There is a view “${known}” already.`, next);
      }
      const saved = { id: view ?? `view-${nextNumber()}`, name: known, query };
      views = [...views.filter((one) => one.id !== saved.id), saved].toSorted((a, b) => a.name.localeCompare(b.name));
      emit("recordings");
      return saved;
    },
    library_view_remove: ({ view }) => {
      const before = views;
      if (!views.some((one) => one.id === view)) {
        fail("not_found", "That view is no longer there.", "Look at the list again.");
      }
      views = views.filter((one) => one.id !== view);
      emit("recordings");
      return noteChange(() => (views = before));
    },
  } satisfies Partial<Answers>;
}
