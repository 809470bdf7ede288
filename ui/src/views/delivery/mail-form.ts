// What is typed into the form of e-mail, and what is sent of it. The core checks everything and has the last word.
import type {
  MailDto,
  MailInputDto,
  MailSender,
  MailSettingsDto,
  ParticipantMail,
  SmtpSecurity,
  UserError,
} from "../../ipc/client";
import { wholeNumberProblem } from "../profile/settings-form";

/** The settings while they are typed. */
export type MailForm = Omit<MailSettingsDto, "smtp_port"> & {
  /** Null while the field is empty. */
  smtp_port: number | null;
  /** The new password; null while the one in the keyring is kept. */
  password: string | null;
};

const PORT_MAX = 65_535;
const PORTS: Record<SmtpSecurity, number> = { tls: 465, starttls: 587, none: 25 };

export const SECURITIES = [
  { value: "tls", label: "TLS", testid: "mail-security-tls" },
  { value: "starttls", label: "STARTTLS", testid: "mail-security-starttls" },
  { value: "none", label: "Not encrypted", testid: "mail-security-none" },
] as const;

export const SENDERS = [
  { value: "cloudflare", label: "Cloudflare", testid: "mail-sender-cloudflare" },
  { value: "smtp", label: "Mail server (SMTP)", testid: "mail-sender-smtp" },
  { value: "program", label: "My mail program", testid: "mail-sender-program" },
] as const;

export const PARTICIPANTS = [
  { value: "nothing", label: "Nothing", testid: "mail-participants-nothing" },
  { value: "link", label: "A link for a day", testid: "mail-participants-link" },
  { value: "ask", label: "“Ask your instructor”", testid: "mail-participants-ask" },
] as const;

type Hints = {
  instructor: string;
  participants: Record<ParticipantMail, string>;
};

/** What the fields mean while Hajime sends by itself. */
const BY_ITSELF: Hints = {
  instructor: "Hears of recordings that are ready or failed, where the list of the class has no host with an address.",
  participants: {
    nothing: "Participants get no e-mail.",
    link: "Each participant with an address gets a link that works for a day. A class can be left out in its list of people.",
    ask: "Each participant with an address hears that the recording is ready, without a link. A class can be left out in its list of people.",
  },
};
/** What the fields mean for a letter that a person sends. */
const BY_HAND: Hints = {
  instructor: "The letter is addressed to them, where the list of the class has no host with an address.",
  participants: {
    nothing: "Participants are not in the letter.",
    link: "Participants get the letter in blind copy. Hajime copies a link that works for a day, and you paste it.",
    ask: "Participants get the letter in blind copy, without a link.",
  },
};

export function hintsFor(sender: MailSender): Hints {
  return sender === "program" ? BY_HAND : BY_ITSELF;
}

const PEOPLE_FIELDS = ["instructor"];
const SENDING_FIELDS = [...PEOPLE_FIELDS, "admin", "from_name", "from_address"];
const SHOWN_FIELDS: Record<MailSender, readonly string[]> = {
  program: PEOPLE_FIELDS,
  cloudflare: SENDING_FIELDS,
  smtp: [...SENDING_FIELDS, "smtp_host", "smtp_port", "smtp_user", "smtp_password"],
};

/** Whether every problem in the error is said at a field that the form shows. */
export function isSaidAtFields({ fields = [] }: UserError, sender: MailSender): boolean {
  return fields.length > 0 && fields.every(({ field }) => SHOWN_FIELDS[sender].includes(field));
}

export function formOf({ settings }: MailDto): MailForm {
  return { ...settings, password: null };
}

/** The port that a server listens on for this security, unless a person typed an unusual one. */
export function portFor(security: SmtpSecurity, typed: number | null): number | null {
  const isUsual = typed === null || Object.values(PORTS).includes(typed);
  return isUsual ? PORTS[security] : typed;
}

/** The problem of the typed port; undefined if it is valid or not needed. */
export function portProblem(form: MailForm): string | undefined {
  return form.sender === "smtp" ? wholeNumberProblem("The port", form.smtp_port, PORT_MAX) : undefined;
}

/** The input of the commands. `saved` gives the port where the typed one is not needed. */
export function inputOf({ password, smtp_port, ...typed }: MailForm, saved: MailSettingsDto): MailInputDto {
  return { settings: { ...typed, smtp_port: smtp_port ?? saved.smtp_port }, password: password || null };
}

/** Whether saving would change anything. */
export function isChanged(form: MailForm, { settings }: MailDto): boolean {
  if (form.password) return true;
  const keys = Object.keys(settings) as (keyof MailSettingsDto)[];
  return keys.some((key) => form[key] !== settings[key]);
}
