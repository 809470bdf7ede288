import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { KeyDto, KeysDto, ListedKeyDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { aLink, fakeShell, refused } from "../../test/recordings";
import Keys from "./Keys.svelte";

function aKey(n: number, more: Partial<KeyDto> = {}, about: Partial<ListedKeyDto> = {}): ListedKeyDto {
  const key: KeyDto = {
    id: `${n}`.repeat(32),
    name: `Key ${n}`,
    purpose: "desk",
    group_id: null,
    recording_id: null,
    state: "in_use",
    imported: false,
    made_at: "2026-09-01T10:00:00Z",
    changed_at: "2026-09-01T10:00:00Z",
    delete_after: null,
    ...more,
  };
  return { key, links: 0, links_until: null, is_here: true, is_due: false, ...about };
}

function all(keys: ListedKeyDto[], groups: KeysDto["groups"] = []): KeysDto {
  return { keys, groups, settings: { per_recording: false, pool: 10, remind_months: 6 }, keys_max: 900 };
}

/** Draws the view where the window has it: outside of a main part, its header would be the page’s. */
function show() {
  render(Keys, { target: document.body.appendChild(document.createElement("main")) });
}

beforeEach(() => {
  document.body.querySelectorAll("main").forEach((main) => main.remove());
  app.view = "keys";
});

describe("signing keys", () => {
  it("stand in their groups, with their links and what is due", async () => {
    const group = { id: "g1", name: "Exam board" };
    fakeShell({
      keys_list: () =>
        all(
          [
            aKey(1, {}, { links: 11, is_due: true }),
            aKey(2, { state: "replaced", delete_after: "2026-12-03T10:12:00Z" }, { links: 3 }),
            aKey(3, { purpose: "group", group_id: "g1", imported: true }),
            aKey(4, { purpose: "unclaimed", name: "", state: "replaced" }),
            aKey(5, { state: "revoked" }),
            aKey(6, { state: "missing" }),
          ],
          [group],
        ),
    });
    show();
    await waitFor(() => expect(screen.getAllByTestId("key-group")).toHaveLength(3));
    const [desk, exam, unclaimed] = screen.getAllByTestId("key-group");
    expect(desk).toHaveTextContent("default for new links");
    expect(desk).toHaveTextContent("time for a new key");
    expect(within(desk!).getAllByTestId("key-row")[0]).toHaveTextContent("11 links");
    expect(within(desk!).getAllByTestId("key-row")[1]).toHaveTextContent("signs no more");
    expect(exam).toHaveTextContent("imported");
    expect(unclaimed).toHaveTextContent("the answer was lost");
    expect(screen.getByTestId("key-missing")).toHaveTextContent("Key 6 was deleted at Cloudflare, and not by Hajime");
    expect(screen.getAllByTestId("key-row")).toHaveLength(4);
    expect(await barriers()).toEqual([]);
  });

  it("are replaced without breaking a link", async () => {
    const shell = fakeShell({ keys_list: () => all([aKey(1)]), key_rotate: () => aKey(2).key });
    show();
    await userEvent.click(await screen.findByTestId("key-rotate"));
    await waitFor(() =>
      expect(shell.sent("key_rotate")).toEqual([{ kid: "1".repeat(32), now: false, confirmed: false }]),
    );
  });

  it("are deleted only after it was said which links stop", async () => {
    const found = { key: aKey(1).key, links: [aLink(1), aLink(2)], others: 17 };
    const shell = fakeShell({
      keys_list: () => all([aKey(1)]),
      key_consequence: () => found,
      key_revoke: () => aKey(1).key,
    });
    show();
    await userEvent.click(await screen.findByTestId("key-revoke"));
    const dialog = await screen.findByTestId("revoke-key-dialog");
    expect(await within(dialog).findAllByTestId("stopped-link")).toHaveLength(2);
    expect(dialog).toHaveTextContent("2 links stop. 17 links of other keys work on.");
    expect(within(dialog).getByTestId("revoke-key-go")).toBeDisabled();
    expect(await barriers()).toEqual([]);
    await userEvent.type(within(dialog).getByTestId("revoke-key-typed"), "Delete");
    await userEvent.click(within(dialog).getByTestId("revoke-key-go"));
    await waitFor(() => expect(shell.sent("key_revoke")).toEqual([{ kid: "1".repeat(32), confirmed: true }]));
  });

  it("get a group with a name", async () => {
    const shell = fakeShell({ keys_list: () => all([]), key_create: () => aKey(1).key });
    show();
    expect(await screen.findByTestId("keys-empty")).toHaveTextContent("The first link makes one by itself.");
    await userEvent.click(screen.getByTestId("key-new-group"));
    await userEvent.type(await screen.findByLabelText("Name"), "Exam board{Enter}");
    await waitFor(() => expect(shell.sent("key_create")).toEqual([{ group: "Exam board" }]));
  });

  it("say why a key was not imported", async () => {
    fakeShell({
      keys_list: () => all([aKey(1)]),
      key_import: refused("invalid_input", "This is the public half.", "Make a new key instead."),
    });
    show();
    await userEvent.click(await screen.findByTestId("key-import"));
    await userEvent.click(await screen.findByTestId("import-choose"));
    expect(await screen.findByTestId("import-error")).toHaveTextContent("This is the public half.");
    expect(await barriers()).toEqual([]);
  });

  it("are used as the settings say", async () => {
    const shell = fakeShell({ keys_list: () => all([aKey(1)]), keys_settings: () => all([aKey(1)]) });
    show();
    await userEvent.click(await screen.findByTestId("keys-per-recording"));
    await userEvent.click(screen.getByTestId("keys-remind"));
    await userEvent.click(screen.getByTestId("keys-save"));
    const settings = { per_recording: true, pool: 10, remind_months: null };
    await waitFor(() => expect(shell.sent("keys_settings")).toEqual([{ settings }]));
  });

  it("are compared with Cloudflare", async () => {
    fakeShell({ keys_list: () => all([aKey(1)]), keys_sync: () => ({ at_cloudflare: 4, deleted_elsewhere: 1 }) });
    show();
    await userEvent.click(await screen.findByTestId("keys-look"));
    await waitFor(() =>
      expect(screen.getByTestId("keys-seen")).toHaveTextContent("4 keys at Cloudflare, 1 deleted elsewhere."),
    );
  });
});
