"""What replies take: tokens, time and money."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplyUsage:
    """What one reply took; the payload of a reply that came from an endpoint.

    Attributes:
        prompt_tokens: Length of the context as the endpoint counts it, pictures included; 0 where it does not say.
        reply_tokens: Length of the reply, hidden reasoning included; 0 where the endpoint does not say.
        seconds: From the first request to the reply, repeated requests and the waits between them included.
        cost: Price of all answers that were given for the reply, those that could not be used included.
        retries: Requests beyond the first.
    """

    prompt_tokens: int = 0
    reply_tokens: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    retries: int = 0


@dataclass(slots=True)
class Usage:
    """What all replies of a policy have taken so far, those that failed included; it grows while the policy plays.

    Attributes:
        requests: Requests for a reply, repeated ones included.
        retries: Repeated requests among them.
        prompt_tokens, reply_tokens: Lengths as the endpoint counts them; 0 where it does not say.
        seconds: Sum over the replies; several may run at once, so it may exceed the time on the clock.
        cost: Price in the currency of the prices given.
    """

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    seconds: float = 0.0
    cost: float = 0.0
