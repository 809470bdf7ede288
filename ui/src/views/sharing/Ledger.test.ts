import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { LedgerFilterDto, LedgerRowDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { aLink, fakeShell, idOf, refused } from "../../test/recordings";
import Ledger from "./Ledger.svelte";

const rows = () => screen.queryAllByTestId("ledger-row");

function aRow(n: number, more: Partial<LedgerRowDto> = {}): LedgerRowDto {
  return {
    key: String(n),
    desk: "desk-1",
    n: String(n),
    at: "2026-11-20T10:00:00Z",
    act: "link_made",
    os_user: "tberg",
    recording_id: idOf(n),
    title: `Class ${n}`,
    link_id: `link-${n}`,
    kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0",
    key_name: "This desk",
    download: false,
    not_before: null,
    restricted: false,
    expires_at: "2026-11-21T10:00:00Z",
    link_state: "works",
    ends_soon: false,
    fingerprint: "5f2b1c0d9e8a7f6b5c4d3e2f1a0b9c8d",
    note: "",
    signed: true,
    ...more,
  };
}

const answering = (...listed: LedgerRowDto[]) => ({ ledger_page: () => ({ rows: listed, next: null }) });

beforeEach(() => {
  app.view = "links";
});

describe("the ledger", () => {
  it("says what was done, by whom, and what became of the link", async () => {
    fakeShell(
      answering(
        aRow(4, {
          act: "key_revoked",
          title: null,
          link_id: null,
          link_state: null,
          expires_at: null,
          recording_id: null,
        }),
        aRow(3, { download: true, restricted: true }),
        aRow(2, { link_state: "revoked", signed: false }),
        aRow(1, { desk: "", link_state: "ended", os_user: "" }),
      ),
    );
    render(Ledger);
    await waitFor(() => expect(rows()).toHaveLength(4));
    const [key, made, revoked, old] = rows();
    expect(key).toHaveTextContent("Key deleted");
    expect(made).toHaveTextContent("Class 3 Link made, download, certain viewers · entry 3");
    expect(made).toHaveTextContent("tberg");
    expect(revoked).toHaveTextContent("waits for its signature");
    expect(revoked).toHaveTextContent("Revoked");
    expect(old).toHaveTextContent("before the ledger");
    expect(old).toHaveTextContent("unknown");
    expect(await barriers()).toEqual([]);
  });

  it("makes a link that ends soon again with one key", async () => {
    const shell = fakeShell({
      ...answering(aRow(1, { ends_soon: true })),
      link_reissue: () => ({ link: aLink(1), url: "", copied: true, verified: true, doubt: null, file: null }),
    });
    render(Ledger);
    (await screen.findByTestId("ledger-reissue")).focus();
    await userEvent.keyboard("r");
    await waitFor(() => expect(shell.sent("link_reissue")).toEqual([{ linkId: "link-1" }]));
  });

  it("shows the address of a link that was not copied, and the doubt about it", async () => {
    const shell = fakeShell({
      ...answering(aRow(1, { ends_soon: true })),
      link_reissue: () => ({
        link: aLink(1),
        url: "https://watch.test/1",
        copied: false,
        verified: false,
        doubt: { code: "network", message: "The link could not be tested.", next: "Open it once." },
        file: null,
      }),
    });
    render(Ledger);
    // The key works from every button of the row.
    (await screen.findByTestId("ledger-revoke")).focus();
    await userEvent.keyboard("r");
    expect(await screen.findByTestId("ledger-address")).toHaveValue("https://watch.test/1");
    expect(screen.getByTestId("ledger-made")).toHaveTextContent("The link could not be tested.");
    expect(shell.sent("link_reissue")).toEqual([{ linkId: "link-1" }]);
    expect(await barriers()).toEqual([]);
  });

  it("offers to revoke a link that has not begun", async () => {
    fakeShell(answering(aRow(1, { link_state: "early" })));
    render(Ledger);
    expect(await screen.findByTestId("ledger-revoke")).toBeVisible();
  });

  it("asks for the entries that were chosen", async () => {
    const shell = fakeShell(answering(aRow(1)));
    render(Ledger);
    await userEvent.click(await screen.findByTestId("ledger-ends-soon"));
    await userEvent.type(screen.getByTestId("ledger-find"), "judo");
    const last = () => (shell.sent("ledger_page").at(-1) as { filter: LedgerFilterDto }).filter;
    await waitFor(() => expect(last()).toMatchObject({ ends_soon: true, works: false, text: "judo", act: null }));
    expect(screen.getByTestId("ledger-act")).toBeDisabled();
  });

  it("adds the next entries behind those on show", async () => {
    const next = { at: "7", seq: "7" };
    fakeShell({
      ledger_page: ({ after }: { after: unknown }) =>
        after === null ? { rows: [aRow(2)], next } : { rows: [aRow(1)], next: null },
    });
    render(Ledger);
    await userEvent.click(await screen.findByTestId("ledger-more"));
    await waitFor(() => expect(rows().map((row) => row.dataset.n)).toEqual(["2", "1"]));
    expect(screen.queryByTestId("ledger-more")).toBeNull();
  });

  it("says what the check found", async () => {
    const said = ["Entry 4 was changed after it was written."];
    fakeShell({
      ...answering(aRow(1)),
      ledger_verify: () => [
        { desk: "desk-1", sound: false, elsewhere: false, rows: 9, said },
        { desk: "desk-2", sound: true, elsewhere: true, rows: 3, said: ["3 entries: the hashes fit."] },
      ],
    });
    render(Ledger);
    await userEvent.click(await screen.findByTestId("ledger-verify"));
    const [check, other] = await screen.findAllByTestId("ledger-check");
    expect(other).toHaveTextContent("Hashes fit Desk desk-2: 3 entries: the hashes fit.");
    expect(check).toHaveTextContent("Not confirmed");
    expect(check).toHaveTextContent("Entry 4 was changed");
    expect(await barriers()).toEqual([]);
  });

  it("says that nothing is there, and why it cannot be read", async () => {
    fakeShell(answering());
    const { unmount } = render(Ledger);
    expect(await screen.findByTestId("ledger-empty")).toHaveTextContent("Nothing in the ledger yet");
    unmount();
    fakeShell({ ledger_page: refused("database", "The database did not answer.", "Try again.") });
    render(Ledger);
    expect(await screen.findByTestId("ledger-error")).toHaveTextContent("The database did not answer.");
  });
});

describe("revoking the links of a recording", () => {
  it("names the links of other recordings that stop too, and waits for the typed word", async () => {
    const shell = fakeShell({
      ...answering(aRow(1)),
      links_revocation: () => ({
        keys: 1,
        links: [aLink(1)],
        others: [aLink(2), aLink(3)],
        beyond: [],
        watch_links: 0,
        confirmed: null,
        door_waits: null,
      }),
      links_revoke: () => ({
        keys: 1,
        links: [aLink(1)],
        others: [aLink(2), aLink(3)],
        beyond: [],
        watch_links: 0,
        confirmed: true,
        door_waits: null,
      }),
    });
    render(Ledger);
    await userEvent.click(await screen.findByTestId("ledger-revoke"));
    const dialog = await screen.findByTestId("revoke-dialog");
    expect(await within(dialog).findByTestId("revoke-others")).toHaveTextContent(
      "2 links to other recordings stop too",
    );
    expect(within(dialog).getAllByTestId("stopped-link")).toHaveLength(3);
    expect(within(dialog).getByTestId("revoke-go")).toBeDisabled();
    expect(await barriers()).toEqual([]);
    await userEvent.type(within(dialog).getByTestId("revoke-typed"), "revoke");
    await userEvent.click(within(dialog).getByTestId("revoke-go"));
    await waitFor(() => expect(shell.sent("links_revoke")).toEqual([{ recordingId: idOf(1), withOthers: true }]));
  });

  it("counts the watch links, and says when they stop where no key is deleted", async () => {
    const none = { keys: 0, links: [], others: [], beyond: [], confirmed: null, door_waits: null };
    const shell = fakeShell({
      ...answering(aRow(1)),
      links_revocation: () => ({ ...none, watch_links: 2 }),
      links_revoke: () => ({ ...none, watch_links: 2 }),
    });
    render(Ledger);
    await userEvent.click(await screen.findByTestId("ledger-revoke"));
    const dialog = await screen.findByTestId("revoke-dialog");
    expect(await within(dialog).findByTestId("revoke-watch")).toHaveTextContent("2 watch links stop too: at once");
    expect(within(dialog).getByTestId("revoke-go")).toHaveTextContent("Revoke 2 links");
    await userEvent.type(within(dialog).getByTestId("revoke-typed"), "revoke");
    await userEvent.click(within(dialog).getByTestId("revoke-go"));
    await waitFor(() => expect(shell.sent("links_revoke")).toEqual([{ recordingId: idOf(1), withOthers: false }]));
  });
});
