// E-mail: how it is sent, who is told what, and the letters as they would read. Part of the answers about deliveries.
import type { FieldError, LetterDto, MailDto, MailInputDto, MailSettingsDto, QuietDto, UserError } from "../bindings";
import { iso, type Scenario } from "./scenario";
import { MINUTE, type Answers, type World } from "./world";

const CLASS = "Karate fundamentals";
const LINK = "https://customer-a1b2c3.cloudflarestream.com/eyJhbGciOi…/watch";
const UNSET: MailSettingsDto = {
  sender: "program",
  from_name: "",
  from_address: "",
  smtp_host: "",
  smtp_port: 465,
  smtp_security: "tls",
  smtp_user: "",
  instructor: "",
  admin: "",
  participants: "nothing",
};
const DOJO: MailSettingsDto = {
  ...UNSET,
  sender: "cloudflare",
  from_name: "Harbour Dojo",
  from_address: "classes@harbourdojo.example",
  instructor: "r.alves@harbourdojo.example",
  admin: "office@harbourdojo.example",
  participants: "link",
};
const OFF: MailDto["channel"] = { on: false, address: null, quiet: null, last_sent: null, last_error: null };

function atStart(scenario: Scenario, now: number): MailDto {
  switch (scenario) {
    case "many":
      return {
        channel: {
          ...OFF,
          on: true,
          last_sent: iso(now - 61 * MINUTE),
          quiet: { from: "22:30", to: "07:00", zone: "UTC" },
        },
        settings: { ...DOJO, sender: "smtp", smtp_host: "mail.harbourdojo.example", smtp_user: "classes" },
        password_kept: true,
      };
    case "failures": {
      const said = "Cloudflare refused the letter: harbourdojo.example is not set up to send e-mail.";
      return {
        channel: { ...OFF, on: true, last_error: { said, at: iso(now - 12 * MINUTE) } },
        settings: { ...DOJO, participants: "ask" },
        password_kept: false,
      };
    }
    case "backlog":
      return { channel: OFF, settings: { ...DOJO, sender: "program" }, password_kept: false };
    default:
      return { channel: OFF, settings: UNSET, password_kept: false };
  }
}

function missing(field: string, message: string, next: string): FieldError[] {
  return [{ field, message, next }];
}

/** What is missing in the settings. The shell finds more. */
function problems({ settings, password }: MailInputDto, isKept: boolean): FieldError[] {
  const { sender, from_address, smtp_host, smtp_user, instructor, admin } = settings;
  if (sender === "program") return [];
  const isAddress = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
  const odd = (field: string, text: string) =>
    text && !isAddress(text)
      ? missing(field, `“${text}” is not an e-mail address.`, "Type one such as ann@example.org.")
      : [];
  const isSmtp = sender === "smtp";
  return [
    ...(from_address
      ? odd("from_address", from_address)
      : missing("from_address", "The letters have no sender.", "Type the address that they come from.")),
    ...(isSmtp && !smtp_host
      ? missing("smtp_host", "The mail server is missing.", "Type its name, such as mail.example.org.")
      : []),
    ...(isSmtp && smtp_user && !password && !isKept
      ? missing("smtp_password", "The password is missing.", "Type the password of the mail server.")
      : []),
    ...odd("instructor", instructor),
    ...odd("admin", admin),
  ];
}

function refuse(fields: FieldError[]): void {
  const [first] = fields;
  if (!first) return;
  const error: UserError = { code: "invalid_input", message: first.message, next: first.next, fields };
  throw error;
}

function letter(occasion: string, to: string, subject: string, lines: string[]): LetterDto {
  const paragraphs = lines.map((line) => {
    const words = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    return `<p>${line === LINK ? `<a href="${LINK}">Watch the recording</a>` : words}</p>`;
  });
  const html = `<!doctype html><html lang="en"><body style="margin:0;padding:24px;font:16px/1.5 sans-serif;color:#1d1c1a;background:#fff">${paragraphs.join("")}</body></html>`;
  return { occasion, to, subject, text: lines.join("\n\n"), html };
}

function letters({ instructor, admin, participants }: MailSettingsDto): LetterDto[] {
  const [ready, several, failed] = [
    "A recording is ready",
    "Several become ready within an hour",
    "A recording failed",
  ] as const;
  const subject = `Ready to watch: ${CLASS}`;
  const why = [
    `The recording of “${CLASS}” on Tuesday, 1 December 2026, 18:30 failed.`,
    "The storage of Stream is full. The file is kept until 8 December.",
    "Delete videos or add minutes at Cloudflare, then press Try again in Hajime.",
  ];
  const found: LetterDto[] = [];
  if (instructor) {
    found.push(
      letter(ready, `the instructor: ${instructor}`, subject, [
        `The recording of “${CLASS}” on Tuesday, 1 December 2026, 18:30 is ready. It lasts 61 minutes.`,
        "Open Hajime to watch it and to make a link.",
      ]),
      letter(several, `the instructor: ${instructor}`, "3 recordings are ready to watch", [
        `“${CLASS}”, 18:30; “Evening sparring”, 19:45; “Kata for the exam”, 20:15.`,
        "Open Hajime to watch them and to make links.",
      ]),
      letter(failed, `the instructor: ${instructor}`, `Not recorded: ${CLASS}`, why),
    );
  }
  if (participants !== "nothing") {
    found.splice(
      1,
      0,
      letter(
        ready,
        `3 participants of ${CLASS}`,
        subject,
        participants === "link"
          ? [
              `Hello B. Okoye,`,
              `the recording of “${CLASS}” is ready. This link works until Wednesday, 20:41:`,
              LINK,
              "Please do not pass it on.",
            ]
          : [`Hello B. Okoye,`, `the recording of “${CLASS}” is ready. Ask your instructor for a link.`],
      ),
    );
  }
  if (admin) found.push(letter(failed, `the administrator: ${admin}`, `Not recorded: ${CLASS}`, why));
  return found;
}

const BY_HAND =
  "Hajime sends nothing by itself. “Write e-mail…” on a recording that is ready opens this draft in your mail program.";

/** The draft that a person sends. */
function draft({ instructor, participants }: MailSettingsDto): LetterDto {
  const to = [
    instructor && `the instructor: ${instructor}`,
    participants !== "nothing" && `3 participants of ${CLASS}`,
  ];
  return letter(
    "You press “Write e-mail…”",
    to.filter(Boolean).join(", and in blind copy ") || "whom you choose",
    `Ready to watch: ${CLASS}`,
    [
      `The recording of “${CLASS}” can be watched.`,
      participants === "link" ? "[Paste the link here. Hajime has copied it.]" : "To watch it, ask R. Alves.",
    ],
  );
}

export function mail({ scenario, needCloud, findRecording }: World) {
  let state = atStart(scenario, Date.now());

  return {
    setQuiet: (quiet: QuietDto | null) => {
      state = { ...state, channel: { ...state.channel, quiet } };
    },
    answers: {
      mail_get: () => state,
      mail_save: ({ input }) => {
        refuse(problems(input, state.password_kept));
        const on = input.settings.sender !== "program";
        state = {
          channel: { ...state.channel, on, last_error: null },
          settings: input.settings,
          password_kept: input.password ? true : state.password_kept,
        };
        return state;
      },
      mail_remove: () => (state = { ...state, channel: OFF, password_kept: false }),
      mail_test: ({ to }) => {
        if (!to.trim()) refuse(missing("mail_to", "The test goes to nobody.", "Type an e-mail address."));
        needCloud();
        state = { ...state, channel: { ...state.channel, last_sent: iso(Date.now()), last_error: null } };
        return {
          accepted: true,
          said: state.settings.sender === "smtp" ? "It said: 250 2.0.0 Ok: queued as 4F2A1" : "Cloudflare queued it.",
        };
      },
      mail_preview: ({ input }) => {
        if (input) refuse(problems(input, state.password_kept));
        const { settings } = input ?? state;
        if (settings.sender === "program") return { letters: [draft(settings)], nobody: BY_HAND };
        const all = letters(settings);
        const nobody = all.length > 0 ? null : "Nobody would be written to: no instructor is named.";
        return { letters: all, nobody };
      },
      mail_draft: ({ recordingId }) => {
        findRecording(recordingId);
        return null;
      },
    } satisfies Partial<Answers>,
  };
}
