import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { MailDto, RosterDto, SessionDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk, session, storeFor } from "../../test/desk";
import { namesWithoutDirection } from "../../test/names";
import RosterDialog from "./RosterDialog.svelte";
import { personState } from "./roster-words";

const planned =
  storeFor("live", Date.now()).sessions.find((row) => row.status === "scheduled") ?? session(1, Date.now());

type Change = { channel?: Partial<MailDto["channel"]>; settings?: Partial<MailDto["settings"]> };

async function open() {
  const user = userEvent.setup();
  render(RosterDialog);
  app.openRoster(planned);
  await screen.findByTestId("roster-people");
  return user;
}

const names = () => screen.getAllByTestId("roster-person").map((row) => within(row).getAllByTitle(/./)[0]?.textContent);

// A dialog that stays open would take the focus from the fields of the next file’s tests, which share the page.
afterEach(() => app.closeRoster());

describe("the people of a session", () => {
  it("are listed with what became of their links, without barriers", async () => {
    useDesk("live");
    await open();
    expect(screen.getByTestId("roster-count")).toHaveTextContent("5 people");
    expect(screen.getAllByTestId("roster-state").at(-1)).toHaveTextContent("No link yet");
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    expect(namesWithoutDirection(screen.getByRole("dialog"))).toEqual([]);
  });

  it("are added from a text after its odd lines were shown", async () => {
    const desk = useDesk("live");
    const user = await open();
    await user.click(screen.getByTestId("roster-text"));
    await user.paste("A. Lindt <a.lindt@example.org>\nhall key: ask front desk\nb.okoye@example.org");
    expect(await screen.findByTestId("roster-wrong")).toHaveTextContent("Line 2");
    expect(screen.getByTestId("roster-sum")).toHaveTextContent(
      "1 person understood. 1 person on the list already. 1 line not understood.",
    );
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    const add = screen.getByTestId("roster-add");
    expect(add).toHaveTextContent("Add 1 person, leave out 1 line");
    expect(desk.of("roster_import")).toEqual([]);
    await user.click(add);
    await waitFor(() => expect(screen.getByTestId("roster-count")).toHaveTextContent("6 people"));
    expect(screen.getByTestId("roster-text")).toHaveValue("");
    expect(desk.of("roster_import")[0]?.args["leaveOut"]).toBe(true);
  });

  it("are not added while they are too many for the class", async () => {
    useDesk("live", {
      roster_check: () => ({
        new: [{ line: 1, name: "Anna", email: null, role: "participant" }],
        present: 0,
        wrong: [],
        too_many: "The list would have 5000 participants, and the class takes 50.",
      }),
    });
    const user = await open();
    await user.click(screen.getByTestId("roster-text"));
    await user.paste("Anna");
    expect(await screen.findByTestId("roster-too-many")).toHaveTextContent("the class takes 50");
    expect(screen.queryByTestId("roster-add")).toBeNull();
  });

  it("are read from a UTF-16 file of a spreadsheet", async () => {
    const desk = useDesk("live");
    await open();
    const text = "\ufeffJürgen <j@example.org>";
    const bytes = new Uint8Array(
      [...text].flatMap((letter) => [letter.charCodeAt(0) & 0xff, letter.charCodeAt(0) >> 8]),
    );
    const chooser = document.querySelector<HTMLInputElement>("input[type=file]");
    const user = userEvent.setup();
    if (chooser) await user.upload(chooser, new File([bytes], "people.csv", { type: "text/csv" }));
    await waitFor(() => expect(desk.of("roster_check")[0]?.args["text"]).toBe("Jürgen <j@example.org>"));
  });

  it("get their invitations copied one by one, the new ones, and all", async () => {
    const desk = useDesk("live");
    const user = await open();
    const [first] = screen.getAllByTestId("roster-copy-one");
    if (first) await user.click(first);
    const firstId = screen.getAllByTestId("roster-person")[0]?.dataset["personId"];
    await waitFor(() => expect(desk.of("roster_copy")[0]?.args["whom"]).toEqual({ whom: "these", people: [firstId] }));
    await user.click(screen.getByTestId("roster-copy-new"));
    await waitFor(() => expect(desk.of("roster_copy")[1]?.args["whom"]).toEqual({ whom: "without_link" }));
    await waitFor(() => expect(screen.queryByText("No link yet")).toBeNull());
    await user.click(screen.getByTestId("roster-copy-new"));
    await waitFor(() => expect(desk.of("roster_copy")[2]?.args["whom"]).toEqual({ whom: "everybody" }));
  });

  it("are changed and taken off the list after a question", async () => {
    const desk = useDesk("live");
    const user = await open();
    const [edit] = screen.getAllByTestId("roster-edit");
    if (edit) await user.click(edit);
    await waitFor(() => expect(screen.getByTestId("roster-name")).toHaveFocus());
    await user.type(screen.getByTestId("roster-name"), " san");
    await user.click(screen.getByTestId("roster-role-host"));
    await user.click(screen.getByTestId("roster-save"));
    await waitFor(() => expect(names()[0]).toBe("B. Okoye san"));
    await waitFor(() => expect(screen.getAllByTestId("roster-edit")[0]).toHaveFocus());
    expect(desk.of("roster_edit")[0]?.args["person"]).toMatchObject({ email: "b.okoye@example.org", role: "host" });
    const [remove] = screen.getAllByTestId("roster-remove");
    if (remove) await user.click(remove);
    expect(await screen.findByText(/soon lets nobody in/)).toBeInTheDocument();
    expect(desk.of("roster_remove")).toEqual([]);
    await user.click(screen.getByTestId("roster-remove-confirm"));
    await waitFor(() => expect(names()).toHaveLength(4));
  });

  it("show a QR code, and the list again", async () => {
    useDesk("live");
    const user = await open();
    await user.click(screen.getByTestId("roster-qr-room"));
    expect(await screen.findByAltText("The link to the room as a QR code")).toHaveAttribute(
      "src",
      expect.stringMatching(/^data:image\/svg\+xml,/),
    );
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("roster-code-back"));
    await waitFor(() => expect(screen.getByTestId("roster-qr-room")).toHaveFocus());
  });

  it("keep the list in sight when Cloudflare cannot be reached", async () => {
    useDesk("offline");
    const user = await open();
    await user.click(screen.getByTestId("roster-copy-new"));
    expect(await screen.findByTestId("roster-error")).toBeInTheDocument();
    expect(screen.getAllByTestId("roster-person")).toHaveLength(5);
  });
});

describe("the people of a class of a series", () => {
  async function openSeries(scenario: Parameters<typeof useDesk>[0] = "live") {
    const desk = useDesk(scenario);
    const draft = {
      title: "Judo",
      instructor: "M. Ito",
      start_local: `${new Date().getFullYear() + 1}-03-01T18:30`,
      timezone: "UTC",
      duration_minutes: 60,
      record: false,
      quality: "720p" as const,
      max_participants: 20,
    };
    const made = (await desk.mock.invoke("series_create", {
      input: draft,
      rule: "FREQ=DAILY;COUNT=4",
      template: null,
    })) as { sessions: SessionDto[] };
    const [first] = made.sessions;
    if (!first) throw new Error("no class");
    const user = userEvent.setup();
    render(RosterDialog);
    app.openRoster(first);
    await screen.findByTestId("roster-people");
    return { desk, user, sessions: made.sessions };
  }
  const namesOf = async (desk: ReturnType<typeof useDesk>, id: string | undefined) =>
    ((await desk.mock.invoke("roster_get", { sessionId: id })) as RosterDto).people.map((one) => one.name);

  it("change in this class alone unless all later classes are chosen, by the keyboard and without barriers", async () => {
    const { desk, user, sessions } = await openSeries();
    expect(screen.getByRole("radio", { name: "This class" })).toBeChecked();
    expect(screen.getByTestId("roster-reach")).toHaveTextContent("Other classes of the series stay as they are.");
    await user.click(screen.getByTestId("roster-text"));
    await user.paste("Gast");
    await user.click(await screen.findByTestId("roster-add"));
    await waitFor(() => expect(desk.of("roster_import")[0]?.args["following"]).toBe(false));
    expect(await namesOf(desk, sessions[1]?.id)).not.toContain("Gast");

    screen.getByRole("radio", { name: "This class" }).focus();
    await user.keyboard("{ArrowRight}");
    expect(screen.getByRole("radio", { name: "This and all later classes" })).toBeChecked();
    const later = sessions.length - 1;
    expect(screen.getByTestId("roster-reach")).toHaveTextContent(`${later} later classes on the schedule`);
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("roster-text"));
    await user.paste("Anna");
    await user.click(await screen.findByTestId("roster-add"));
    await waitFor(() => expect(desk.of("roster_import")[1]?.args["following"]).toBe(true));
    expect(await namesOf(desk, sessions.at(-1)?.id)).toContain("Anna");
    await waitFor(() => expect(screen.getAllByTestId("roster-person")).toHaveLength(7));
  });

  it("are taken off all later classes after a question that says so", async () => {
    const { desk, user } = await openSeries();
    await user.click(screen.getByTestId("roster-reach-following"));
    const [remove] = screen.getAllByTestId("roster-remove");
    if (remove) await user.click(remove);
    expect(await screen.findByText(/They leave this class and all later classes of the series\./)).toBeInTheDocument();
    await user.click(screen.getByTestId("roster-remove-confirm"));
    await waitFor(() => expect(desk.of("roster_remove")[0]?.args["following"]).toBe(true));
  });

  it("have no such choice in a class of its own", async () => {
    useDesk("live");
    await open();
    expect(screen.queryByTestId("roster-reach")).toBeNull();
  });

  it("stay typed when a later class is too full", async () => {
    const { desk, user } = await openSeries();
    desk.answers["roster_import"] = () => {
      throw {
        code: "invalid_input",
        message: "The list of the class of 8 March 2027 would have 21 participants, and the class takes 20.",
        next: "Raise the number of participants of the class, or take people out.",
      };
    };
    await user.click(screen.getByTestId("roster-reach-following"));
    await user.click(screen.getByTestId("roster-text"));
    await user.paste("Anna");
    await user.click(await screen.findByTestId("roster-add"));
    expect(await screen.findByTestId("roster-error")).toHaveTextContent("would have 21 participants");
    expect(screen.getByTestId("roster-text")).toHaveValue("Anna");
  });
});

describe("telling people by e-mail that the recording is ready", () => {
  const mails = () => screen.getByTestId<HTMLInputElement>("roster-mails");

  it("is switched off and on for one class", async () => {
    const desk = useDesk("many");
    const user = await open();
    await waitFor(() => expect(mails()).toBeEnabled());
    expect(mails()).toBeChecked();
    expect(screen.queryByTestId("roster-mails-why")).toBeNull();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    mails().focus();
    await user.keyboard(" ");
    await waitFor(() => expect(mails()).not.toBeChecked());
    expect(desk.of("session_mails_set")).toMatchObject([{ args: { sessionId: planned.id, mailed: false } }]);
    await user.click(mails());
    await waitFor(() => expect(desk.of("session_mails_set")).toHaveLength(2));
    await waitFor(() => expect(mails()).toBeChecked());
  });

  it("stays as it was when that could not be stored", async () => {
    useDesk("many", {
      session_mails_set: () => {
        throw { code: "read_only", message: "The data can only be read.", next: "Close the other Hajime." };
      },
    });
    const user = await open();
    await waitFor(() => expect(mails()).toBeEnabled());
    await user.click(mails());
    expect(await screen.findByTestId("roster-error")).toHaveTextContent("The data can only be read.");
    await waitFor(() => expect(mails()).toBeChecked());
  });

  it.each([
    ["live", {}, "E-mail goes through your mail program, so nothing is sent by itself."],
    ["many", { channel: { on: false } }, "E-mail is off. Turn it on in Settings."],
    ["many", { settings: { participants: "nothing" } }, "In Settings, participants are told nothing by e-mail."],
  ] as const)("is not possible in the scenario %s with %o", async (scenario, change: Change, why) => {
    const desk = useDesk(scenario);
    const mail = (await desk.mock.invoke("mail_get")) as MailDto;
    desk.answers["mail_get"] = () => ({
      ...mail,
      channel: { ...mail.channel, ...change.channel },
      settings: { ...mail.settings, ...change.settings },
    });
    await open();
    expect(await screen.findByTestId("roster-mails-why")).toHaveTextContent(why);
    expect(mails()).toBeDisabled();
    expect(mails()).not.toBeChecked();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
  });

  it("is not offered for a class that is not recorded", async () => {
    useDesk("many");
    render(RosterDialog);
    app.openRoster({ ...planned, record: false });
    await screen.findByTestId("roster-people");
    expect(screen.queryByTestId("roster-mails")).toBeNull();
  });
});

describe("the text of invitations", () => {
  it("is shown filled in, and refused without a link", async () => {
    const desk = useDesk("live");
    const user = await open();
    await user.click(screen.getByTestId("roster-text-edit"));
    await waitFor(() => expect(screen.getByTestId("invitation-preview")).toHaveTextContent("Hello B. Okoye"));
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    const field = screen.getByTestId("invitation-text");
    await user.clear(field);
    await user.click(field);
    await user.paste("Come!");
    await user.click(screen.getByTestId("invitation-save"));
    expect(await screen.findByText("The text has no {link}.")).toBeInTheDocument();
    await user.click(field);
    await user.paste(" {link}");
    await user.click(screen.getByTestId("invitation-save"));
    await waitFor(() => expect(desk.of("invitation_text_set").at(-1)?.args["text"]).toBe("Come! {link}"));
    expect(await screen.findByTestId("roster-people")).toBeInTheDocument();
  });
});

describe("the words about a person", () => {
  const now = new Date("2026-12-08T20:00:00Z");
  const person = {
    id: "p",
    name: "Anna",
    email: null,
    role: "participant" as const,
    link_at: "2026-12-08T08:00:00Z",
    joined_at: null,
    left_at: null,
    present_minutes: null,
  };
  it("say what is known and nothing more", () => {
    expect(personState(person, false, now).words).toBe("Link made today");
    expect(personState({ ...person, link_at: null }, false, now).words).toBe("No link yet");
    expect(personState(person, true, now).words).toBe("Was not there");
    expect(personState({ ...person, link_at: null }, true, now).words).toBe("Had no link");
    const there = { ...person, joined_at: "2026-12-08T18:31:00Z", present_minutes: 52 };
    expect(personState(there, false, now).words).toMatch(/^In the room since /);
    expect(personState({ ...there, left_at: "2026-12-08T19:30:00Z" }, true, now).words).toMatch(/^Was there for 52/);
  });
});
