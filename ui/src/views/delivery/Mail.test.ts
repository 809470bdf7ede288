import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { MailDto, MailInputDto, MailPreviewDto, UserError } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { recording, useDesk, type Scenario } from "../../test/desk";
import { inArabic, namesWithoutDirection } from "../../test/names";
import Draft from "./Draft.svelte";
import Mail from "./Mail.svelte";
import { formOf, inputOf, isChanged, portFor } from "./mail-form";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const PASSWORD = "correct horse";

async function open(scenario: Scenario, answers: Parameters<typeof useDesk>[1] = {}) {
  const desk = useDesk(scenario, answers);
  const user = userEvent.setup({ pointerEventsCheck: 0 });
  const { container } = render(Mail);
  await screen.findByTestId("mail-save");
  return { desk, user, container };
}

const input = (testid: string) => screen.getByTestId<HTMLInputElement>(testid);
const saved = (desk: ReturnType<typeof useDesk>) => desk.of("mail_save").map((call) => call.args.input as MailInputDto);

function refusal(...fields: string[]): UserError {
  return {
    code: "invalid_input",
    message: "Something is missing.",
    next: "Look at the fields.",
    fields: fields.map((field) => ({ field, message: `Wrong: ${field}.`, next: "Correct it." })),
  };
}

beforeEach(() => {
  toasts.done.mockReset();
  toasts.problem.mockReset();
});

describe("e-mail through the person's own mail program", () => {
  it("sends nothing by itself, and says where letters are written", async () => {
    const { desk, user, container } = await open("live");
    expect(screen.getByTestId("settings-mail-state")).toHaveTextContent("sent by yourself");
    expect(screen.getByTestId("mail-by-hand")).toHaveTextContent("Nothing is sent by itself.");
    for (const other of ["mail-test", "email-quiet", "mail-remove", "mail-admin", "mail-from-address"])
      expect(screen.queryByTestId(other), other).toBeNull();
    expect(screen.getByTestId("mail-save")).toBeDisabled();
    await user.type(input("mail-instructor"), "ann@example.org");
    await user.click(screen.getByTestId("mail-save"));
    await waitFor(() =>
      expect(toasts.done).toHaveBeenCalledWith("E-mail is saved", expect.stringContaining("Write e-mail…")),
    );
    expect(saved(desk)).toMatchObject([
      { settings: { sender: "program", instructor: "ann@example.org" }, password: null },
    ]);
    expect(screen.queryByTestId("mail-preview")).toBeNull();
    expect(await barriers(container)).toEqual([]);
  });

  it("says what is wrong with a field that is not shown", async () => {
    const { user } = await open("live", {
      mail_save: () => {
        throw refusal("admin");
      },
    });
    await user.type(input("mail-instructor"), "ann@example.org");
    await user.click(screen.getByTestId("mail-save"));
    expect(await screen.findByTestId("mail-error")).toHaveTextContent("Something is missing. Look at the fields.");
  });
});

describe("e-mail through Cloudflare", () => {
  it("shows what is sent before the first letter, and can be turned off again there", async () => {
    const { desk, user, container } = await open("live");
    await user.click(screen.getByTestId("mail-sender-cloudflare"));
    expect(screen.getByTestId("mail-save")).toHaveTextContent("Turn on");
    expect(screen.queryByTestId("mail-host")).toBeNull();
    await user.type(input("mail-from-name"), "Harbour Dojo");
    await user.type(input("mail-from-address"), "classes@example.org");
    await user.type(input("mail-instructor"), "ann@example.org");
    await user.click(screen.getByTestId("mail-participants-link"));
    expect(await barriers(container)).toEqual([]);
    await user.click(screen.getByTestId("mail-save"));
    const dialog = await screen.findByTestId("mail-preview");
    expect(dialog).toHaveTextContent("E-mail is on: this is what it sends");
    expect(saved(desk)[0]?.settings).toMatchObject({
      sender: "cloudflare",
      from_name: "Harbour Dojo",
      from_address: "classes@example.org",
      participants: "link",
    });
    expect(desk.of("mail_preview")).toMatchObject([{ args: { input: null } }]);
    expect(await barriers(dialog)).toEqual([]);
    await user.click(screen.getByTestId("mail-preview-off"));
    await waitFor(() => expect(desk.of("mail_remove")).toHaveLength(1));
    await waitFor(() => expect(screen.queryByTestId("mail-preview")).toBeNull());
    await waitFor(() => expect(screen.getByTestId("settings-mail-state")).toHaveTextContent("off"));
  });

  it("says each problem at its field, and nowhere else", async () => {
    const { user } = await open("live");
    await user.click(screen.getByTestId("mail-sender-cloudflare"));
    await user.type(input("mail-instructor"), "somebody");
    await user.click(screen.getByTestId("mail-save"));
    await waitFor(() => expect(input("mail-from-address")).toHaveAttribute("aria-invalid", "true"));
    expect(input("mail-instructor")).toHaveAccessibleDescription(/“somebody” is not an e-mail address/);
    expect(input("mail-admin")).not.toHaveAttribute("aria-invalid");
    expect(screen.queryByTestId("mail-error")).toBeNull();
    expect(screen.queryByTestId("mail-preview")).toBeNull();
  });

  it("keeps what was typed when it is read again", async () => {
    const { desk, user } = await open("failures");
    expect(screen.getByTestId("settings-mail-error")).toHaveTextContent("Cloudflare refused the letter");
    await user.clear(input("mail-admin"));
    await user.type(input("mail-admin"), "office@example.org");
    desk.emit("changed", { topics: ["deliveries"] });
    await waitFor(() => expect(desk.of("mail_get")).toHaveLength(2));
    expect(input("mail-admin")).toHaveValue("office@example.org");
    await user.click(screen.getByTestId("mail-save"));
    await waitFor(() => expect(toasts.done).toHaveBeenCalledWith("E-mail is saved"));
    expect(screen.queryByTestId("mail-preview")).toBeNull();
  });
});

describe("e-mail through a mail server", () => {
  it("takes a password once, and never shows it or asks for it again", async () => {
    const { desk, user } = await open("live");
    await user.click(screen.getByTestId("mail-sender-smtp"));
    await user.type(input("mail-host"), "mail.example.org");
    await user.type(input("mail-user"), "classes");
    await user.type(input("mail-from-address"), "classes@example.org");
    expect(input("mail-password")).toHaveAttribute("type", "password");
    await user.click(screen.getByTestId("mail-save"));
    await waitFor(() => expect(input("mail-password")).toHaveAttribute("aria-invalid", "true"));
    await user.type(input("mail-password"), PASSWORD);
    await user.click(screen.getByTestId("mail-save"));
    expect(await screen.findByTestId("mail-password-kept")).toHaveTextContent("kept in the keyring");
    expect(saved(desk).at(-1)).toMatchObject({
      settings: { smtp_port: 465, smtp_user: "classes" },
      password: PASSWORD,
    });
    expect(screen.queryByTestId("mail-password")).toBeNull();
    expect(document.body.innerHTML).not.toContain(PASSWORD);
    await user.click(await screen.findByTestId("mail-preview-close"));
    await waitFor(() => expect(screen.queryByTestId("mail-preview")).toBeNull());
  });

  it("keeps the password that the keyring has, unless another one is typed", async () => {
    const { desk, user, container } = await open("many");
    expect(await barriers(container)).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Replace the password" }));
    expect(input("mail-password")).toHaveValue("");
    expect(screen.getByTestId("mail-save")).toBeDisabled();
    await user.type(input("mail-password"), "x");
    await user.click(screen.getByTestId("mail-keep"));
    await user.type(input("mail-from-name"), " Elbe");
    await user.click(screen.getByTestId("mail-save"));
    await waitFor(() => expect(saved(desk)).toMatchObject([{ password: null }]));
    await user.click(screen.getByTestId("mail-replace"));
    await user.type(input("mail-password"), PASSWORD);
    await user.click(screen.getByTestId("mail-save"));
    await waitFor(() => expect(saved(desk)[1]).toMatchObject({ password: PASSWORD }));
  });

  it("asks for the password again where the shell wants it", async () => {
    const { user } = await open("many", {
      mail_save: () => {
        throw refusal("smtp_password", "smtp_host", "smtp_port", "smtp_user");
      },
    });
    await user.type(input("mail-host"), "x");
    await user.click(screen.getByTestId("mail-save"));
    expect(await screen.findByTestId("mail-password")).toHaveAccessibleDescription(/Wrong: smtp_password/);
    for (const field of ["host", "port", "user"])
      expect(input(`mail-${field}`)).toHaveAttribute("aria-invalid", "true");
    expect(screen.queryByTestId("mail-error")).toBeNull();
  });

  it("goes to the usual port of its encryption, and keeps an unusual one", async () => {
    const { user } = await open("many");
    await user.click(screen.getByTestId("mail-security-starttls"));
    expect(input("mail-port")).toHaveValue(587);
    await user.clear(input("mail-port"));
    expect(input("mail-port")).toHaveAccessibleDescription("The port is a whole number from 1 to 65535.");
    expect(screen.getByTestId("mail-save")).toBeDisabled();
    await user.type(input("mail-port"), "2525");
    await user.click(screen.getByTestId("mail-security-none"));
    expect(input("mail-port")).toHaveValue(2525);
    expect(screen.getByTestId("mail-loopback-only")).toHaveTextContent("Only for a mail server on this computer.");
  });
});

describe("a test of e-mail", () => {
  it("goes to an address, and its answer is called accepted", async () => {
    const { desk, user, container } = await open("many");
    expect(input("mail-to")).toHaveValue("r.alves@harbourdojo.example");
    await user.clear(input("mail-to"));
    await user.type(input("mail-to"), "me@example.org{Enter}");
    expect(await screen.findByTestId("mail-answer")).toHaveTextContent("Accepted. It said: 250 2.0.0 Ok");
    expect(desk.of("mail_test")).toMatchObject([{ args: { to: "me@example.org" } }]);
    expect(container.textContent).not.toMatch(/deliver/i);
    expect(await barriers(container)).toEqual([]);
  });

  it("says at the field that it goes to nobody, and beside it what else went wrong", async () => {
    const { desk, user } = await open("many");
    await user.clear(input("mail-to"));
    await user.click(screen.getByTestId("mail-test"));
    await waitFor(() => expect(input("mail-to")).toHaveAttribute("aria-invalid", "true"));
    expect(screen.queryByTestId("mail-test-error")).toBeNull();
    desk.answers["mail_test"] = () => {
      throw { code: "offline", message: "The mail server does not answer.", next: "Check its name." };
    };
    await user.click(screen.getByTestId("mail-test"));
    expect(await screen.findByTestId("mail-test-error")).toHaveTextContent("The mail server does not answer.");
  });

  it("shows why a letter was not accepted", async () => {
    const { user } = await open("many", { mail_test: () => ({ accepted: false, said: "It said: 550 no such user" }) });
    await user.click(screen.getByTestId("mail-test"));
    expect(await screen.findByTestId("mail-answer")).toHaveTextContent("Not accepted. It said: 550 no such user");
  });
});

describe("e-mail that is on", () => {
  it("is turned off, and forgets its password", async () => {
    const { desk, user } = await open("many");
    await user.click(screen.getByTestId("mail-remove"));
    await waitFor(() => expect(screen.queryByTestId("mail-test")).toBeNull());
    expect(desk.of("mail_remove")).toHaveLength(1);
    expect(toasts.done).toHaveBeenCalledWith("E-mail is off", expect.stringContaining("No password is left"));
    expect(screen.getByTestId("settings-mail-state")).toHaveTextContent("off");
    // Who sends and who is told what stays as it was set, so that one press turns it on again.
    expect(input("mail-host")).toHaveValue("mail.harbourdojo.example");
    expect(screen.getByTestId("mail-save")).toHaveTextContent("Turn on");
    expect(screen.getByTestId("mail-save")).toBeEnabled();
  });

  it("has quiet hours of its own", async () => {
    const { desk, user } = await open("failures");
    await user.click(screen.getByTestId("email-quiet"));
    await user.click(screen.getByTestId("email-quiet-save"));
    await waitFor(() =>
      expect(desk.of("channel_quiet_save")).toMatchObject([
        { args: { channel: "email", quiet: { from: "22:30", to: "07:00" } } },
      ]),
    );
    await waitFor(() => expect(screen.queryByTestId("email-quiet-save")).toBeNull());
  });

  it("can be read again where that failed", async () => {
    const desk = useDesk("many", {
      mail_get: () => {
        throw { code: "database", message: "E-mail could not be read.", next: "Try again." };
      },
    });
    const user = userEvent.setup();
    render(Mail);
    expect(await screen.findByTestId("mail-load-error")).toHaveTextContent("E-mail could not be read.");
    delete desk.answers["mail_get"];
    await user.click(within(screen.getByTestId("mail-load-error")).getByRole("button"));
    expect(await screen.findByTestId("mail-save")).toBeInTheDocument();
  });
});

describe("the letters", () => {
  it("are shown for what is typed, chosen with the keyboard alone", async () => {
    const { desk, user } = await open("many");
    await user.clear(input("mail-admin"));
    screen.getByTestId("mail-see").focus();
    await user.keyboard("{Enter}");
    const dialog = await screen.findByTestId("mail-preview");
    const asked = desk.of("mail_preview")[0]?.args.input as MailInputDto;
    expect(asked).toMatchObject({ settings: { admin: "" }, password: null });
    expect(desk.of("mail_save")).toEqual([]);
    expect(screen.getAllByTestId("mail-letter")).toHaveLength(4);
    expect(screen.getByTestId("letter-to")).toHaveTextContent("the instructor: r.alves@harbourdojo.example");
    const [first] = screen.getAllByTestId("mail-letter");
    first?.focus();
    await user.keyboard("{ArrowDown}");
    expect(screen.getByTestId("letter-to")).toHaveTextContent("3 participants of Karate fundamentals");
    expect(screen.getByTestId("letter-subject")).toHaveTextContent("Ready to watch: Karate fundamentals");
    expect(screen.getByTestId("letter-text")).toHaveTextContent("This link works until Wednesday, 20:41");
    expect(screen.queryByTestId("mail-preview-off")).toBeNull();
    expect(await barriers(dialog)).toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("mail-preview")).toBeNull());
    expect(screen.getByTestId("mail-see")).toHaveFocus();
  });

  it("are plain text, whatever is in them", async () => {
    const hostile = '<img src=x onerror="alert(1)">';
    const preview: MailPreviewDto = {
      letters: [{ occasion: hostile, to: hostile, subject: hostile, text: hostile, html: hostile }],
      nobody: null,
    };
    const { user } = await open("many", { mail_preview: () => inArabic(preview) });
    await user.click(screen.getByTestId("mail-see"));
    const dialog = await screen.findByTestId("mail-preview");
    expect(screen.getByTestId("letter-text")).toHaveTextContent(hostile);
    expect(dialog.querySelector("img")).toBeNull();
    expect(namesWithoutDirection(dialog)).toEqual([]);
  });

  it("are shown as mail programs show them, in a frame that may do nothing", async () => {
    const { user } = await open("many");
    await user.click(screen.getByTestId("mail-see"));
    await user.click(await screen.findByTestId("letter-as-page"));
    const page = screen.getByTestId<HTMLIFrameElement>("letter-page");
    expect(page.getAttribute("sandbox")).toBe("");
    expect(page.srcdoc).toContain("Open Hajime to watch it");
    expect(screen.queryByTestId("letter-text")).toBeNull();
    expect(await barriers(screen.getByTestId("mail-preview"))).toEqual([]);
    await user.click(screen.getAllByTestId("mail-letter")[1]!);
    expect(screen.getByTestId<HTMLIFrameElement>("letter-page").srcdoc).toContain("Watch the recording");
  });

  it("are one draft, in plain text, where a person sends them", async () => {
    const { user } = await open("backlog");
    await user.click(screen.getByTestId("mail-see"));
    expect(await screen.findByTestId("mail-nobody")).toHaveTextContent("Hajime sends nothing by itself.");
    expect(screen.getByTestId("letter-to")).toHaveTextContent("and in blind copy 3 participants");
    expect(screen.getByTestId("letter-text")).toHaveTextContent("Paste the link here");
    expect(screen.queryByTestId("letter-as-page")).toBeNull();
  });

  it("are none where nobody would be written to", async () => {
    const { user } = await open("many", {
      mail_preview: () => ({ letters: [], nobody: "No address is set, and participants are told nothing." }),
    });
    await user.click(screen.getByTestId("mail-see"));
    expect(await screen.findByTestId("mail-nobody")).toHaveTextContent("No address is set");
    expect(screen.queryByTestId("letter")).toBeNull();
  });

  it("are not written while a field is wrong, which is said at the field", async () => {
    const { user } = await open("many");
    await user.clear(input("mail-from-address"));
    await user.click(screen.getByTestId("mail-see"));
    await waitFor(() => expect(input("mail-from-address")).toHaveAttribute("aria-invalid", "true"));
    expect(screen.queryByTestId("mail-preview")).toBeNull();
  });
});

describe("a letter about a recording", () => {
  const ready = recording(1, Date.now());

  it("is opened in the person's mail program", async () => {
    const desk = useDesk("backlog", { mail_draft: () => null });
    const user = userEvent.setup();
    const { container } = render(Draft, { recordingId: ready.id });
    const write = await screen.findByRole("button", { name: "Write e-mail…" });
    expect(await barriers(container)).toEqual([]);
    write.focus();
    await user.keyboard("{Enter}");
    expect(desk.of("mail_draft")).toMatchObject([{ args: { recordingId: ready.id } }]);
  });

  it("is no longer offered once Hajime sends letters by itself", async () => {
    const desk = useDesk("backlog");
    render(Draft, { recordingId: ready.id });
    await screen.findByTestId("write-mail");
    const mail = (await desk.mock.invoke("mail_get")) as MailDto;
    desk.answers["mail_get"] = () => ({ ...mail, settings: { ...mail.settings, sender: "cloudflare" } });
    desk.emit("changed", { topics: ["deliveries"] });
    await waitFor(() => expect(screen.queryByTestId("write-mail")).toBeNull());
  });

  it("says why there is none", async () => {
    const error = { code: "not_found", message: "No mail program was found.", next: "Install one." };
    useDesk("backlog", {
      mail_draft: () => {
        throw error;
      },
    });
    const user = userEvent.setup();
    render(Draft, { recordingId: ready.id });
    await user.click(await screen.findByTestId("write-mail"));
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledWith(error));
  });
});

describe("the form of e-mail", () => {
  const mail: MailDto = {
    channel: { on: true, address: null, quiet: null, last_sent: null, last_error: null },
    settings: {
      sender: "smtp",
      from_name: "",
      from_address: "dojo@example.org",
      smtp_host: "mail.example.org",
      smtp_port: 465,
      smtp_security: "tls",
      smtp_user: "",
      instructor: "",
      admin: "",
      participants: "nothing",
    },
    password_kept: true,
  };

  it("gives back what was read, and keeps the password while none is typed", () => {
    const form = formOf(mail);
    expect(inputOf(form, mail.settings)).toEqual({ settings: mail.settings, password: null });
    expect(inputOf({ ...form, password: "" }, mail.settings).password).toBeNull();
    expect(inputOf({ ...form, smtp_port: null }, mail.settings).settings.smtp_port).toBe(465);
    expect(isChanged(form, mail)).toBe(false);
    expect(isChanged({ ...form, password: "" }, mail)).toBe(false);
    expect(isChanged({ ...form, password: "x" }, mail)).toBe(true);
    expect(isChanged({ ...form, admin: "a@example.org" }, mail)).toBe(true);
  });

  it("knows the usual ports", () => {
    expect(portFor("starttls", 465)).toBe(587);
    expect(portFor("tls", null)).toBe(465);
    expect(portFor("none", 2525)).toBe(2525);
  });
});
