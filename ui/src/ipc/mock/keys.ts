// The mock's answers to the commands about signing keys and the ledger.
import type { KeyDto, KeySettingsDto, LedgerRowDto, LinkDto } from "../bindings";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;
/** The most keys that Hajime lets an account have. */
const KEYS_MAX = 900;
/** A link that ends within this time is due for a new one, in milliseconds. */
const ENDS_SOON = 120 * MINUTE;

const kidOf = (n: number) => (0x3f0c1d2e + n).toString(16).padStart(8, "0").repeat(4);

function keyOf(n: number, name: string, more: Partial<KeyDto> = {}): KeyDto {
  const at = iso(Date.now() - 40 * DAY);
  return {
    id: kidOf(n),
    name,
    purpose: "desk",
    group_id: null,
    recording_id: null,
    state: "in_use",
    imported: false,
    made_at: at,
    changed_at: at,
    delete_after: null,
    ...more,
  };
}

export function keys(world: World) {
  const { store, scenario, needCloud, findRecording, nextNumber } = world;
  let settings: KeySettingsDto = { per_recording: false, pool: 10, remind_months: 6 };
  const groups = scenario === "empty" ? [] : [{ id: fakeId(7, 1), name: "Exam board" }];
  let all: KeyDto[] = [];
  if (scenario !== "empty") {
    all = [keyOf(0, "This desk"), keyOf(1, "Exam board", { purpose: "group", group_id: fakeId(7, 1) })];
    // The links of the scenario were signed with this desk's key.
    store.links = store.links.map((link) => ({ ...link, kid: kidOf(0) }));
  }

  const works = (link: LinkDto) =>
    Date.parse(link.expires_at) > Date.now() && all.some((key) => key.id === link.kid && isThere(key));
  const isThere = (key: KeyDto) => key.state === "in_use" || key.state === "replaced";
  const linksOf = (kid: string) => store.links.filter((link) => link.kid === kid && works(link));
  const put = (next: KeyDto) => (all = all.map((key) => (key.id === next.id ? next : key)));
  const find = (kid: string) =>
    all.find((key) => key.id === kid) ??
    fail("not_found", `There is no signing key ${kid}.`, "Look at the list again.");

  function list() {
    const listed = all.map((key) => {
      const until = linksOf(key.id).map((link) => link.expires_at);
      return { key, links: until.length, links_until: until.toSorted().at(-1) ?? null, is_here: true, is_due: false };
    });
    return { keys: listed.toReversed(), groups: [...groups], settings, keys_max: KEYS_MAX };
  }

  function make(name: string, group: string | null): KeyDto {
    needCloud();
    const key = keyOf(nextNumber(), name, {
      purpose: group === null ? "desk" : "group",
      group_id: group,
      made_at: iso(Date.now()),
      changed_at: iso(Date.now()),
    });
    all = [...all, key];
    return key;
  }

  function wouldStop(what: string, links: number): never {
    const number = links === 1 ? "1 link that works" : `${links} links that work`;
    fail("not_confirmed", `${what} ${number}.`, "Look at these links first, then confirm (in a terminal: --yes).");
  }

  function revocation(recordingId: string) {
    const live = store.links.filter((link) => link.recording_id === recordingId && works(link));
    const kids = new Set(live.map((link) => link.kid ?? ""));
    const stopped = [...kids].flatMap(linksOf);
    return {
      keys: kids.size,
      links: stopped.filter((link) => link.recording_id === recordingId),
      others: stopped.filter((link) => link.recording_id !== recordingId),
      beyond: [],
      watch_links: 0,
      confirmed: null,
      door_waits: null,
    };
  }

  const stateOf = (link: LinkDto) => {
    if (Date.parse(link.expires_at) <= Date.now()) return "ended";
    return works(link) ? "works" : "revoked";
  };
  const rowOf = (link: LinkDto, index: number, links: LinkDto[]): LedgerRowDto => ({
    key: String(links.length - index),
    desk: "desk-1",
    n: String(links.length - index),
    at: link.created_at,
    act: "link_made",
    os_user: "you",
    recording_id: link.recording_id,
    title: link.recording_title,
    link_id: link.id,
    kid: link.kid,
    key_name: all.find((key) => key.id === link.kid)?.name ?? null,
    download: link.download,
    not_before: null,
    restricted: false,
    expires_at: link.expires_at,
    link_state: stateOf(link),
    ends_soon: works(link) && Date.parse(link.expires_at) - Date.now() <= ENDS_SOON,
    fingerprint: "5f2b1c0d9e8a7f6b5c4d3e2f1a0b9c8d",
    note: "",
    signed: true,
  });

  return {
    keys_list: list,
    keys_sync: () => {
      needCloud();
      return { at_cloudflare: all.filter(isThere).length, deleted_elsewhere: 0 };
    },
    keys_settings: ({ settings: wanted }) => {
      if (wanted.pool > 200)
        fail("invalid_input", `${wanted.pool} keys cannot be made ahead.`, "Choose a number from 0 to 200.");
      settings = wanted;
      return list();
    },
    key_create: ({ group }) => {
      const known = groups.find(({ name }) => name.toLowerCase() === group?.toLowerCase());
      const signs = all.find(
        (key) => key.state === "in_use" && (known ? key.group_id === known.id : key.purpose === "desk"),
      );
      if (signs && (known || group === null))
        fail("conflict", `A key signs for it already: ${signs.id}.`, "Replace that key (in a terminal: key rotate).");
      if (group === null) return make("This desk", null);
      const made = known ?? { id: fakeId(7, nextNumber()), name: group };
      if (!known) groups.push(made);
      return make(group, made.id);
    },
    key_import: ({ kid, group }) => {
      needCloud();
      if (!kid)
        fail("invalid_input", "The key does not say its id at Stream.", "Give the id that Stream gave with the key.");
      const id = groups.find(({ name }) => name === group)?.id ?? null;
      const key = keyOf(0, group ?? "Imported", {
        id: kid,
        imported: true,
        purpose: id ? "group" : "desk",
        group_id: id,
      });
      all = [
        ...all.map((old) => (old.purpose === key.purpose && old.group_id === id ? { ...old, state: "replaced" } : old)),
        key,
      ];
      return { key, form: "PKCS#1", bits: 2048, tested: true };
    },
    key_consequence: ({ kid }) => {
      const links = linksOf(kid);
      return { key: find(kid), links, others: store.links.filter(works).length - links.length };
    },
    key_rotate: ({ kid, now, confirmed }) => {
      const old = find(kid);
      if (now && !confirmed && linksOf(kid).length > 0)
        wouldStop("Deleting the old key then would stop", linksOf(kid).length);
      put({ ...old, state: now ? "revoked" : "replaced", delete_after: now ? null : iso(Date.now() + 2 * DAY) });
      return make(old.name, old.group_id);
    },
    key_revoke: ({ kid, confirmed }) => {
      needCloud();
      const links = linksOf(kid).length;
      if (links > 0 && !confirmed) wouldStop("Deleting the key stops", links);
      const next: KeyDto = { ...find(kid), state: "revoked", delete_after: null };
      put(next);
      return next;
    },
    links_revocation: ({ recordingId }) => revocation(recordingId),
    links_revoke: ({ recordingId, withOthers }) => {
      needCloud();
      const found = revocation(recordingId);
      const { title } = findRecording(recordingId);
      if (found.keys === 0) fail("conflict", `No link to “${title}” works.`, "There is nothing to revoke.");
      if (found.others.length > 0 && !withOthers)
        wouldStop(
          "The key also signed links of other recordings. Revoking these links would stop",
          found.others.length,
        );
      for (const kid of new Set(found.links.map((link) => link.kid ?? ""))) put({ ...find(kid), state: "revoked" });
      return { ...found, confirmed: true };
    },
    ledger_page: ({ filter, limit }) => {
      const sought = filter.text.toLowerCase();
      const rows = store.links
        .map(rowOf)
        .filter((row) => filter.act === null || filter.act === row.act)
        .filter((row) => sought === "" || (row.title ?? "").toLowerCase().includes(sought))
        .filter((row) => !filter.works || row.link_state === "works")
        .filter((row) => !filter.ends_soon || row.ends_soon);
      return { rows: rows.slice(0, limit), next: null };
    },
    ledger_verify: () => {
      const rows = store.links.length;
      const said = rows === 0 ? "There is nothing in it yet." : `${rows} entries: in order.`;
      return [{ desk: "desk-1", sound: true, elsewhere: false, rows, said: [said] }];
    },
  } satisfies Partial<Answers>;
}
