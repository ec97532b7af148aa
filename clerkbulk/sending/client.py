"""Client: the one door to the network. Posts, lists, gets and revokes invitations; reads what a sender must know.

A POST that creates invitations is made once and never repeated: its answer goes to the caller as it came. Reads are
repeated when the network or Clerk falters, because they change nothing.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import httpx

from clerkbulk.contract.endpoint import ADDRESSES_PER_READ, API_URL, API_VERSION, PAGE_LARGEST, Lane, endpoint_for
from clerkbulk.contract.json_schema import body_faults
from clerkbulk.contract.reply import retry_after
from clerkbulk.contract.secret_key import SecretKey
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import ClerkRefused, InputError, NotReachable
from clerkbulk.people.batch import encoded
from clerkbulk.sending.answer import Answer, as_object, read_answer
from clerkbulk.sending.api_url import checked_url
from clerkbulk.sending.clock import Clock, SystemClock
from clerkbulk.sending.lists import List, Page, invitation_list, invitations_path, memberships_path, read_page, segment
from clerkbulk.version import __version__

if TYPE_CHECKING:
    from ssl import SSLContext

    from clerkbulk.sending.progress import Stop

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds. A bulk call makes ten invitations and may mail them; giving up early only makes its outcome unknown."""
TRIES = 4
"""How often a read is tried."""
LONGEST_PAUSE = 10.0
"""Seconds between two tries of a read at most; whoever must wait longer is told so, and waits where it can be seen."""
TOLD_LATELY = 5.0
"""Seconds for which the time of an answer is good enough; a read is nearly free."""
CLOCKS_THERE = 1.0
"""Seconds by which two clocks of Clerk's may differ, the one that dates answers and the one that dates invitations."""
CLOCK_WRONG = 120.0
"""Seconds our own clock may be ahead, where no answer tells the time."""
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)


@cache
def certificates(*, trust_env: bool) -> SSLContext:
    """Return whom a connection trusts, the environment's say included or not; read once, for it takes some 20 ms."""
    return httpx.create_ssl_context(trust_env=trust_env)


class _Bearer(httpx.Auth):
    """Puts the key into the header at the last moment, so that no dictionary of ours ever holds it."""

    def __init__(self, key: SecretKey) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


class Client:
    """Clerk's Backend API, as far as invitations need it.

    secret_key is a SecretKey or its text; api_url the address without ``/v1``: https anywhere, http on this machine
    only. transport (httpx's) stands in for the network in tests. Raises SecretKeyError and InputError.

    Reads raise NotReachable when no answer can be had, KeyRefused for a key Clerk does not know, ClerkRefused for any
    other refusal.
    """

    def __init__(
        self,
        secret_key: SecretKey | str,
        *,
        api_url: str = API_URL,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        try:
            self._key = secret_key if isinstance(secret_key, SecretKey) else SecretKey(secret_key)
        finally:
            # Tracebacks are kept with their variables by some tools: only SecretKey, which shows nothing, stays here.
            del secret_key
        self.api_url = checked_url(api_url)
        self._clock = clock or SystemClock()
        self._has_own_transport = transport is not None
        self._stop: Stop | None = None
        self._told: float | None = None
        self._told_at: float | None = None
        self._tells = False
        self.reads = 0
        """GETs made so far, repeated ones included."""
        # A proxy from the environment would see plain http to this machine, key and all.
        trust_env = self.api_url.startswith("https:")
        self._http = httpx.Client(
            base_url=self.api_url,
            auth=_Bearer(self._key),
            headers={
                "Accept": "application/json",
                "Clerk-API-Version": API_VERSION,
                "User-Agent": f"clerkbulk/{__version__}",
            },
            timeout=TIMEOUT,
            transport=transport,
            trust_env=trust_env,
            verify=certificates(trust_env=trust_env),
            follow_redirects=False,
        )

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> Self:
        """Return a client for ``CLERK_SECRET_KEY`` and ``CLERK_API_URL`` (default: Clerk's). Raises SecretKeyError."""
        environ = os.environ if environ is None else environ
        try:
            url, key = environ.get("CLERK_API_URL") or API_URL, SecretKey(environ.get("CLERK_SECRET_KEY", ""))
        finally:
            del environ  # as in __init__
        return cls(key, api_url=url, transport=transport)

    def time_there(self) -> float:
        """Return a time that Clerk's clock has passed, seconds since 1970: what it dates before was there before.

        It is the ``Date`` of the last answer, whatever our own clock shows; when that was more than a moment ago, Clerk
        is asked once more. Without an answer it is ours, less what a clock may be wrong.
        """
        if self._told_at is None or abs(self._clock.now() - self._told_at) > TOLD_LATELY:
            with suppress(NotReachable):
                self._once("GET", "/v1/instance")
                self.reads += 1
        if self._told is None:
            return self._clock.now() - CLOCK_WRONG
        return self._told - CLOCKS_THERE

    def answered(self) -> tuple[float, float]:
        """Return when the last answer was given, by Clerk's clock: at the earliest and at the latest.

        Its ``Date`` has whole seconds. Where no answer tells the time it is ours, give or take what a clock may be
        wrong.
        """
        if self._told is None or not self._tells:
            return self._clock.now() - CLOCK_WRONG, self._clock.now() + CLOCK_WRONG
        return self._told - CLOCKS_THERE, self._told + 1.0 + CLOCKS_THERE

    @contextmanager
    def heeding(self, stop: Stop) -> Iterator[None]:
        """Try no read again while stop is set: it fails as it did the last time."""
        before, self._stop = self._stop, stop
        try:
            yield
        finally:
            self._stop = before

    def handed_over(self) -> dict[str, str]:
        """Return what a Client in another process of this machine is made of, the key in the clear: for a pipe alone.

        Raises InputError for a client that goes through a transport of its own, or lives by another clock.
        """
        if self._has_own_transport or abs(self._clock.now() - SystemClock().now()) > CLOCK_WRONG:
            raise InputError(
                "This client lives in this process alone (it has a transport or a clock of its own): a process that is "
                "started needs one with a real address. Call run() here, or make the client of a key and an address."
            )
        return {"secret_key": self._key.reveal(), "api_url": self.api_url}

    @property
    def environment(self) -> str:
        """Which kind of instance the key opens: development or production."""
        return self._key.environment

    @property
    def key_fingerprint(self) -> str:
        """What tells two keys apart without showing either."""
        return self._key.fingerprint

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_http" not in vars(self):
            return "<Client, unfinished>"  # what a traceback with variables shows when __init__ refuses
        return f"<Client of {self.api_url}, {self.environment}>"

    # Creating and revoking.

    def create(self, target: Target, items: Sequence[Mapping[str, Any]], lane: Lane = Lane.BULK) -> Answer:
        """Post invitations (wire form), once: all of them in the bulk lane, exactly one in the single lane.

        Returns whatever Clerk answered; read_reply() says what it means. Raises InputError when the body does not hold
        to its JSON Schema (nothing was sent), NotReachable when no answer came (``sent`` says whether the call may have
        done its work).
        """
        endpoint = endpoint_for(target, lane)
        body: Any = [dict(item) for item in items]
        if lane is Lane.SINGLE and len(body) != 1:
            raise InputError(f"The single lane carries one invitation a call, not {len(body)}.")
        body = body if lane is Lane.BULK else body[0]
        if faults := body_faults(target, body, lane):
            raise InputError(f"The body does not hold to its schema and was not sent: {'; '.join(faults)}.")
        content = encoded(body)
        return self._once("POST", endpoint.path_for(target), content=content)

    def revoke(self, target: Target, invitation_id: str) -> dict[str, Any]:
        """Revoke a pending invitation and return it. Revoking twice is refused, not harmful."""
        path = f"{invitations_path(target)}/{segment(invitation_id)}/revoke"
        answer = self._once("POST", path, content=b"{}" if isinstance(target, Organization) else b"")
        return as_object(read_answer(answer, what := f"revoke {invitation_id}"), what)

    # Reading.

    def invitations(
        self,
        target: Target,
        *,
        status: Sequence[str] = (),
        email_address: str | None = None,
        order_by: str | None = None,
        page: int = PAGE_LARGEST.number,
    ) -> Iterator[dict[str, Any]]:
        """Yield invitations, page after page, until there are no more.

        Without status the application's list leaves the revoked ones out (documented). email_address narrows the list;
        Clerk does not say whether exactly or in part, so compare the addresses yourself.
        """
        asked = invitation_list(target, status=status, email_address=email_address, order_by=order_by)
        return self._pages(asked.path, asked.query, page)

    def every_invitation(self, target: Target, *, email_address: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the target's invitations of every status, each once, one status a read.

        Whether a list takes several statuses at once is not settled: the prose says so, the schema has one value
        (clerk-contract 8.1 row 7). The application's list without a status has all but the revoked ones (documented).
        """
        application = (None, "revoked")
        organization = ("pending", "accepted", "revoked", "expired")
        seen: set[str] = set()
        for status in organization if isinstance(target, Organization) else application:
            asked = () if status is None else (status,)
            for found in self.invitations(target, status=asked, email_address=email_address):
                if str(found.get("id")) not in seen:
                    seen.add(str(found.get("id")))
                    yield found

    def invitation(self, target: Target, invitation_id: str) -> dict[str, Any]:
        """Return one invitation. The application has no call for one; its list is searched by id (documented)."""
        if isinstance(target, Organization):
            return self._get_object(f"{invitations_path(target)}/{segment(invitation_id)}")
        for status in ((), ("revoked",)):
            query = [("paginated", "true"), ("query", invitation_id), *(("status", word) for word in status)]
            for found in self._pages(invitations_path(target), query, PAGE_LARGEST.number):
                if found.get("id") == invitation_id:
                    return found
        raise ClerkRefused(f"There is no invitation {invitation_id}.", status=404, code="resource_not_found")

    def users(self, email_addresses: Sequence[str] = (), *, user_ids: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """Yield the users who own any of the addresses, and those with these ids, a hundred a read."""
        return self._narrowed("/v1/users", email_addresses, user_ids)

    def memberships(
        self,
        organization_id: str,
        email_addresses: Sequence[str] | None = None,
        *,
        user_ids: Sequence[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the memberships of an organization: of all members, of the addresses' owners, or of these users."""
        path = memberships_path(organization_id)
        if email_addresses is None and user_ids is None:
            return self._pages(path, [], PAGE_LARGEST.number)
        return self._narrowed(path, email_addresses or (), user_ids or ())

    def page(self, asked: List, *, limit: int = PAGE_LARGEST.number, offset: int | None = None) -> Page:
        """Return one page of a list. Without an offset the list's query says where it begins (starting_after)."""
        place = [] if offset is None else [("offset", str(offset))]
        return read_page(asked.path, self._get(asked.path, [*asked.query, ("limit", str(limit)), *place]))

    def organization(self, organization_id: str) -> dict[str, Any]:
        """Return an organization with its count of members."""
        path = f"/v1/organizations/{segment(organization_id)}"
        return self._get_object(path, [("include_members_count", "true")])

    def roles(self) -> Iterator[dict[str, Any]]:
        """Yield the instance's organization roles."""
        return self._pages("/v1/organization_roles", [], PAGE_LARGEST.number)

    def instance(self) -> dict[str, Any]:
        """Return the instance the key belongs to: ``id``, ``environment_type``."""
        return self._get_object("/v1/instance")

    # How it is done.

    def _narrowed(self, path: str, email_addresses: Sequence[str], user_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        for name, wanted in (("email_address", email_addresses), ("user_id", user_ids)):
            for start in range(0, len(wanted), ADDRESSES_PER_READ.number):
                some = wanted[start : start + ADDRESSES_PER_READ.number]
                yield from self._pages(path, [(name, text) for text in some], PAGE_LARGEST.number)

    def _pages(self, path: str, query: Sequence[tuple[str, str]], page: int) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            got = self.page(List(path, tuple(query)), limit=page, offset=offset)
            yield from got.items
            offset += len(got.items)
            more = got.total is not None and offset < got.total
            if not got.items or (len(got.items) < page and not more):
                return

    def _get_object(self, path: str, query: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        return as_object(self._get(path, query), f"GET {path}")

    def _get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Any:
        what = f"GET {path}"
        for attempt in range(1, TRIES + 1):
            self.reads += 1
            try:
                answer = self._once("GET", path, query=query)
            except NotReachable:
                if attempt == TRIES or not self._pause(2.0 ** (attempt - 1)):
                    raise
                continue
            pause = min(LONGEST_PAUSE, max(2.0 ** (attempt - 1), retry_after(answer.headers) or 0))
            falters = answer.status == 429 or answer.status >= 500
            if not falters or attempt == TRIES or not self._pause(pause):
                break
        return read_answer(answer, what)

    def _pause(self, seconds: float) -> bool:
        """Wait between two tries; return whether to try again, which nobody who wants to stop waits for."""
        if self._stop is None:
            self._clock.sleep(seconds)
            return True
        until = self._clock.now() + seconds
        while not self._stop.is_set():
            if (left := until - self._clock.now()) <= 0:
                return True
            self._clock.sleep(min(left, 1.0))
        return False

    def _once(self, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), content: bytes = b"") -> Answer:
        # JSON is said wherever a body may be; Clerk answers 415 to other types (documented).
        headers = {"Content-Type": "application/json"} if content else {}
        # Raised outside of the except blocks, so that no error of ours drags httpx's along, with its variables.
        try:
            response = self._http.request(method, path, params=list(query), content=content or None, headers=headers)
        except _NOTHING_SENT as error:
            why = f"({_reason(error)}): check the network and CLERK_API_URL"
            lost = NotReachable(f"{self.api_url} cannot be reached {why}.", sent=False)
        except httpx.HTTPError as error:
            lost = NotReachable(f"No answer to {method} {path} ({_reason(error)}).", sent=True)
        else:
            answer = _answer(response)
            # A time told before stays true of a clock that only goes forward.
            self._told, self._tells = answer.date or self._told, answer.date is not None
            self._told_at = self._clock.now()
            return answer
        raise lost


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _answer(response: httpx.Response) -> Answer:
    lowered = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, lowered, response.content)
