import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { MadeLinkDto, UserError } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { aLink, aRecording, fakeShell, held, refused } from "../../test/recordings";
import ShareDialog from "./ShareDialog.svelte";

const URL = "https://customer-f33z.cloudflarestream.com/eyJhbGciOiJSUzI1NiJ9.x.y/watch";
const made = (more: Partial<MadeLinkDto> = {}): MadeLinkDto => ({
  link: aLink(1),
  url: URL,
  copied: true,
  verified: true,
  doubt: null,
  refused_here: false,
  written: {
    plain: `Class 1\n${URL}`,
    html: `<a href="${URL}">Class 1</a>`,
    markdown: `[Class 1](<${URL}>)`,
    embed: `<iframe src="${URL}"></iframe>`,
    qr: "<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    letter: { subject: "Recording: Class 1", text: `You can watch it here:\n\n${URL}` },
  },
  file: null,
  ...more,
});

const KEYS = {
  keys: [],
  groups: [{ id: "0193a007-0000-7000-8000-000000000001", name: "Exam board" }],
  settings: { per_recording: false, pool: 10, remind_months: 6 },
  keys_max: 900,
};

beforeEach(() => {
  app.now = new Date("2026-12-01T18:00:00Z");
});

function show(answers: Parameters<typeof fakeShell>[0] = {}, more: object = {}) {
  const shell = fakeShell({
    link_countries: () => ["AT", "DE", "FR"],
    keys_list: () => KEYS,
    link_make_as: () => made(),
    ...answers,
  });
  render(ShareDialog, { recording: aRecording(1), position: 0, captions: [], open: true, ...more });
  return shell;
}

const press = (id: string) => userEvent.click(screen.getByTestId(id));

describe("the dialog that makes a link", () => {
  it("makes a link of a day for everybody, says so before, and copies it", async () => {
    const shell = show();
    expect(screen.getByTestId("share-sentence")).toHaveTextContent("anyone who has the link, until");
    expect(await barriers()).toEqual([]);
    await press("share-copy");
    expect(await screen.findByTestId("share-copied")).toBeInTheDocument();
    expect(shell.sent("link_make_as")).toEqual([
      {
        recordingId: aRecording(1).id,
        form: {
          hours: 24,
          download: false,
          not_before: null,
          viewers: { who: "everybody" },
          start_at: null,
          captions: null,
          group_id: null,
        },
        format: "link",
      },
    ]);
    expect(screen.getByTestId("share-text")).toHaveTextContent(URL);
    expect(await barriers()).toEqual([]);
  });

  it("names the chosen countries in the sentence, and a country can be left out again", async () => {
    const user = userEvent.setup();
    const shell = show();
    await screen.findByTestId("share-group");
    await user.click(screen.getByRole("radio", { name: "Only in…" }));
    expect(screen.getByTestId("share-copy")).toBeDisabled();
    for (const name of ["Germany", "Austria"]) {
      await user.click(screen.getByTestId("share-country"));
      await user.keyboard(name.slice(0, 4));
      // The select of the key has options too, but they have no `role` attribute.
      await waitFor(() =>
        expect([...document.querySelectorAll("[role=option]")].map((option) => option.textContent?.trim())).toEqual([
          name,
        ]),
      );
      await user.keyboard("{Enter}");
    }
    expect(screen.getByTestId("share-sentence")).toHaveTextContent("and is in Germany or Austria");
    await user.click(screen.getByRole("button", { name: "Leave out Germany" }));
    expect(screen.getByRole("button", { name: "Leave out Austria" })).toHaveFocus();
    await press("share-copy");
    await waitFor(() => expect(shell.sent("link_make_as")).toHaveLength(1));
    expect(shell.sent("link_make_as")[0]).toMatchObject({
      form: { viewers: { who: "only_countries", codes: ["AT"] } },
    });
  });

  it("asks whether one kind of address is meant, and remembers the answer", async () => {
    const user = userEvent.setup();
    let asked = 0;
    const shell = show({
      link_make_as: () => {
        if (++asked > 1) return made();
        throw {
          code: "invalid_input",
          message: "These are IPv4 addresses only.",
          next: "Confirm.",
          fields: [{ field: "one_kind_is_meant", message: "These are IPv4 addresses only.", next: "Confirm." }],
        };
      },
    });
    await user.click(screen.getByRole("radio", { name: "Only from addresses…" }));
    await user.type(screen.getByTestId("share-addresses"), "203.0.113.7, 203.0.113.8");
    expect(screen.queryByTestId("share-one-kind")).toBeNull();
    await press("share-copy");
    await user.click(await screen.findByTestId("share-one-kind"));
    await press("share-copy");
    expect(await screen.findByTestId("share-copied")).toBeInTheDocument();
    expect(shell.sent("link_make_as")[1]).toMatchObject({
      form: {
        viewers: {
          who: "only_addresses",
          addresses: ["203.0.113.7", "203.0.113.8"],
          one_kind_is_meant: true,
        },
      },
    });
  });

  it("begins later and at the moment on show, with captions", async () => {
    const user = userEvent.setup();
    const shell = show({}, { position: 760.6, captions: [{ code: "de", label: "Deutsch" }] });
    await user.type(screen.getByTestId("share-delay"), "2");
    await user.click(screen.getByTestId("share-start"));
    expect(screen.getByLabelText("Begin at 12:40")).toBeChecked();
    await user.selectOptions(screen.getByTestId("share-captions"), "Deutsch");
    await user.selectOptions(await screen.findByTestId("share-group"), "Exam board");
    await press("share-copy");
    await screen.findByTestId("share-copied");
    expect(shell.sent("link_make_as")[0]).toMatchObject({
      form: { not_before: "2026-12-01T20:00:00.000Z", start_at: 760, captions: "de", group_id: KEYS.groups[0]?.id },
    });
  });

  it("refuses hours that cannot work, beside the field", async () => {
    const user = userEvent.setup();
    show();
    await user.clear(screen.getByTestId("share-hours"));
    await user.type(screen.getByTestId("share-hours"), "25");
    expect(screen.getByText("Type a whole number from 1 to 24.")).toBeInTheDocument();
    expect(screen.getByTestId("share-copy")).toBeDisabled();
    await user.clear(screen.getByTestId("share-hours"));
    await user.type(screen.getByTestId("share-hours"), "3");
    await user.type(screen.getByTestId("share-delay"), "3");
    expect(screen.getByText(/Type a whole number from 1 to 2/)).toBeInTheDocument();
  });

  it("copies the link on show in another way without making another one", async () => {
    const user = userEvent.setup();
    const shell = show({ link_copy: () => true });
    await press("share-copy");
    await screen.findByTestId("share-copied");
    await user.click(screen.getByTestId("format-markdown"));
    expect(screen.queryByTestId("share-copied")).toBeNull();
    expect(screen.getByTestId("share-text")).toHaveTextContent(`[Class 1](<${URL}>)`);
    await press("share-copy");
    await screen.findByTestId("share-copied");
    await user.click(screen.getByTestId("format-rich"));
    await press("share-copy");
    await screen.findByTestId("share-copied");
    expect(shell.sent("link_copy")).toEqual([
      { text: `[Class 1](<${URL}>)`, html: null },
      { text: `Class 1\n${URL}`, html: `<a href="${URL}">Class 1</a>` },
    ]);
    expect(shell.sent("link_make_as")).toHaveLength(1);
    await user.click(screen.getByTestId("format-qr"));
    expect(screen.getByTestId("share-qr")).toHaveAccessibleName("The link to Class 1 as a QR code");
    expect(await barriers()).toEqual([]);
  });

  it("writes an e-mail: the link is copied, and the draft is opened without it", async () => {
    const user = userEvent.setup();
    const shell = show({ link_copy: () => true, link_draft: () => null });
    await user.click(screen.getByTestId("format-letter"));
    expect(screen.getByTestId("share-copy")).toHaveTextContent("Write e-mail…");
    await press("share-copy");
    expect(await screen.findByTestId("share-drafted")).toBeInTheDocument();
    expect(shell.sent("link_make_as")[0]).toMatchObject({ format: "link" });
    expect(shell.sent("link_draft")).toEqual([{ linkId: made().link.id }]);
    expect(screen.getByTestId("share-text")).toHaveTextContent(`Recording: Class 1 You can watch it here: ${URL}`);
    await user.click(screen.getByTestId("share-copy-letter"));
    await waitFor(() =>
      expect(shell.sent("link_copy")).toEqual([
        { text: `Recording: Class 1\n\nYou can watch it here:\n\n${URL}`, html: null },
      ]),
    );
    // A second press opens the draft again with the same link, and copies that.
    await press("share-copy");
    await waitFor(() => expect(shell.sent("link_draft")).toHaveLength(2));
    expect(shell.sent("link_copy").at(-1)).toEqual({ text: URL, html: null });
    expect(shell.sent("link_make_as")).toHaveLength(1);
    expect(await barriers()).toEqual([]);
  });

  it("says why no draft was opened, and opens none for a link that was not copied", async () => {
    const user = userEvent.setup();
    const shell = show({
      link_make_as: () => made({ copied: false }),
      link_copy: () => true,
      link_draft: refused("conflict", "No mail program could be opened.", "Choose one."),
    });
    await user.click(screen.getByTestId("format-letter"));
    await press("share-copy");
    await screen.findByTestId("share-verified");
    expect(shell.sent("link_draft")).toEqual([]);
    await press("share-copy");
    expect(await screen.findByTestId("share-dialog-error")).toHaveTextContent("No mail program could be opened.");
    expect(screen.queryByTestId("share-drafted")).toBeNull();
  });

  it("copies nothing that could not be tested, unless a person wants it", async () => {
    const doubt: UserError = { code: "offline", message: "The link could not be tested.", next: "Open it once." };
    const shell = show({ link_make_as: () => made({ verified: false, copied: false, doubt }), link_copy: () => true });
    await press("share-copy");
    expect(await screen.findByTestId("share-doubt")).toHaveTextContent("Nothing was copied.");
    expect(screen.queryByTestId("share-verified")).toBeNull();
    await press("share-copy-untested");
    await waitFor(() => expect(shell.sent("link_copy")).toEqual([{ text: URL, html: null }]));
  });

  it("drops a link whose choices were changed while it was made", async () => {
    const user = userEvent.setup();
    const answer = held<MadeLinkDto>();
    show({ link_make_as: () => answer.promise });
    await press("share-copy");
    await user.click(screen.getByTestId("share-download"));
    answer.answer(made());
    await waitFor(() => expect(screen.getByTestId("share-copy")).not.toHaveAttribute("aria-busy"));
    expect(screen.queryByTestId("share-text")).toBeNull();
  });

  it("shows the refusal of the core, and Ctrl Enter copies", async () => {
    show({ link_make_as: refused("link_refused", "Cloudflare does not play the link (401).", "Make a new key.") });
    await fireEvent.keyDown(screen.getByTestId("share-hours"), { key: "Enter", ctrlKey: true });
    expect(await screen.findByTestId("share-dialog-error")).toHaveTextContent("Cloudflare does not play the link");
  });
});
