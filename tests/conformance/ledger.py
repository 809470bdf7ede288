"""The ledger: every operation of the official SDK that the sandbox answers, and the results of each in this run.

The ledger wraps the SDK's methods in their classes, so tests call them as usual. A reply is right when the SDK's types
accept it and know all of its members.
"""

import functools
import inspect
from collections import defaultdict
from dataclasses import dataclass, field

import cloudflare
import httpx
from cloudflare import Cloudflare
from cloudflare._base_client import BasePage
from pydantic import BaseModel

# Operations of these products that the sandbox lacks, each with the reason.
LEFT_OUT = {
    "stream.audio_tracks": "recordings have one sound track",
    "user.tokens.create": "tokens are made by the control API",
    "user.tokens.delete": "tokens are made by the control API",
    "user.tokens.get": "tokens are made by the control API",
    "user.tokens.list": "tokens are made by the control API",
    "user.tokens.update": "tokens are made by the control API",
    "user.tokens.value": "tokens are made by the control API",
    "user.tokens.permission_groups": "tokens are made by the control API",
    "accounts.tokens.create": "tokens are made by the control API",
    "accounts.tokens.delete": "tokens are made by the control API",
    "accounts.tokens.get": "tokens are made by the control API",
    "accounts.tokens.list": "tokens are made by the control API",
    "accounts.tokens.update": "tokens are made by the control API",
    "accounts.tokens.value": "tokens are made by the control API",
    "accounts.tokens.permission_groups": "tokens are made by the control API",
    "email_sending.send_raw": "letters are sent in parts",
    "email_sending.subdomains": "the control API sets the domains that send",
    "email_sending.suppressions": "the control API says what becomes of letters to an address",
}

# Members that Cloudflare's documentation shows but the SDK's types lack, as pairs of type and member.
UNTYPED = {
    ("Status", "step"),
    ("SessionGetSessionParticipantsResponse", "paging"),
}

# Such members by operation and path, where the types of several operations have the same name.
UNTYPED_IN = {
    ("realtime_kit.recordings.start_track_recording", ".data.recording.type"),
    # Without this member, the reply would not contain the list.
    ("realtime_kit.livestreams.get_all_livestreams", ".data.livestreams"),
}

ROOTS = ("realtime_kit", "calls", "stream", "user.tokens", "accounts.tokens", "email_sending")


@dataclass
class Entry:
    happy: int = 0
    unhappy: int = 0
    wrong: list[str] = field(default_factory=list)


class Ledger:
    def __init__(self) -> None:
        self.last: httpx.Response | None = None
        self.entries: dict[str, Entry] = defaultdict(Entry)
        self.operations: dict[str, tuple[type, str]] = {}

    def install(self, client: Cloudflare) -> None:
        """Finds all operations of the client and wraps their methods."""
        for root in ROOTS:
            resource = functools.reduce(getattr, root.split("."), client)
            self._walk(resource, root)
        for name, (kind, method) in self.operations.items():
            setattr(kind, method, self._wrapped(name, getattr(kind, method)))

    def _walk(self, resource, path: str) -> None:
        for name, member in inspect.getmembers(type(resource)):
            if name.startswith("_") or name.startswith("with_"):
                continue
            here = f"{path}.{name}"
            if any(here == out or here.startswith(out + ".") for out in LEFT_OUT):
                continue
            if inspect.isfunction(member):
                self.operations[here] = (type(resource), name)
            elif hasattr(resource, name):
                self._walk(getattr(resource, name), here)

    def _wrapped(self, name: str, method):
        @functools.wraps(method)
        def call(*args, **kwargs):
            entry = self.entries[name]
            try:
                reply = method(*args, **kwargs)
            except cloudflare.APIResponseValidationError as error:
                entry.wrong.append(f"{error}: {error.__cause__}")
                raise
            except cloudflare.APIStatusError as error:
                self._refused(entry, error)
                raise
            faults = [fault for path, fault in unknown_members(reply) if (name, path) not in UNTYPED_IN]
            faults += self._converted(reply)
            entry.wrong += faults
            assert not faults, f"{name} answers with members that the SDK does not know or had to convert: {faults}"
            entry.happy += 1
            return reply

        return call

    def keep_response(self, response: httpx.Response) -> None:
        """Keeps the last response as the sandbox sent it."""
        response.read()
        self.last = response

    def _converted(self, reply) -> list[str]:
        """Returns the members whose values the SDK converted: it silently reads "5" as a number."""
        if isinstance(reply, BasePage):
            taken = [item.model_dump(**AS_SENT) for item in reply.result or []]
        elif isinstance(reply, BaseModel):
            taken = reply.model_dump(**AS_SENT)
        else:
            return []
        sent = self.last.json() if self.last is not None else None
        whole = isinstance(taken, dict) and "success" in taken
        return list(differences(sent if whole else sent["result"], taken))

    @staticmethod
    def _refused(entry: Entry, error: cloudflare.APIStatusError) -> None:
        # The SDK chooses the exception by the status. The body must be an envelope whose errors the SDK can read.
        body = error.body if isinstance(error.body, dict) else {}
        v4 = body.get("success") is False and bool(error.errors) and all(isinstance(item.code, int) for item in error.errors)
        kit = body.get("success") is False and isinstance(body.get("error"), dict) and "message" in body["error"]
        if v4 or kit:
            entry.unhappy += 1
        else:
            entry.wrong.append(f"a {error.status_code} without an envelope: {error.body!r}")

    def table(self) -> tuple[str, bool]:
        """Returns the table as text, and whether every row is right."""
        lines, green = [], True
        for name in sorted(self.operations):
            entry = self.entries[name]
            good = entry.happy > 0 and entry.unhappy > 0 and not entry.wrong
            green = green and good
            lines.append(f" {'✓' if good else '✗'} {name:<76} {entry.happy:>5} {entry.unhappy:>8}")
            lines += [f"     {fault}" for fault in entry.wrong[:3]]
        count = len(self.operations)
        head = f"   {f'cloudflare {cloudflare.__version__} for Python, {count} operations':<76} happy  unhappy"
        return "\n".join([head, *lines]), green


AS_SENT = {"mode": "json", "by_alias": True, "exclude_unset": True}


def differences(sent, taken, path: str = ""):
    """Yields the paths at which the sent JSON and the parsed reply have values of different kinds."""
    if isinstance(sent, dict) and isinstance(taken, dict):
        for name in sent.keys() & taken.keys():
            yield from differences(sent[name], taken[name], f"{path}.{name}")
    elif isinstance(sent, list) and isinstance(taken, list):
        for one, other in zip(sent, taken):
            yield from differences(one, other, f"{path}[]")
    elif kind(sent) != kind(taken):
        yield f"{path} was {kind(sent)} and became {kind(taken)}"


def kind(value) -> str:
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def unknown_members(value, path: str = "") -> list[tuple[str, str]]:
    """Returns the members of a reply that its type lacks, as pairs of path and description."""
    if isinstance(value, BasePage):
        # The SDK parses the envelope of a page itself.
        return unknown_members(value.result, path)
    if isinstance(value, BaseModel):
        found = [
            (f"{path}.{name}", f"{path}.{name} is not in {type(value).__name__}")
            for name in (value.model_extra or {})
            if (type(value).__name__, name) not in UNTYPED
        ]
        for name in value.model_fields_set:
            found += unknown_members(getattr(value, name, None), f"{path}.{name}")
        return found
    if isinstance(value, dict):
        return [fault for name, item in value.items() for fault in unknown_members(item, f"{path}.{name}")]
    if isinstance(value, (list, tuple)):
        return [fault for item in value for fault in unknown_members(item, f"{path}[]")]
    return []
