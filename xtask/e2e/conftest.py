"""What the tests share: the SDKs' clients, the gateway's address, and a hand on the simulated providers."""

import os
import urllib.request

import anthropic
import openai
import pytest
from google import genai

GATEWAY = os.environ["OUTLAST_URL"]
KEY = os.environ["OUTLAST_KEY"]


class Provider:
    """A simulated provider that can be told what to do."""

    def __init__(self, url):
        self.url = url

    def play(self, script):
        """Sets a script; an empty one is a healthy provider."""
        self._send("PUT", "/__sim/script", script.encode())

    def _send(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, data=body, method=method)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.read()


# The clients have their own retries off: what they see is what the gateway said.


@pytest.fixture
def client():
    """OpenAI's official client."""
    return openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, timeout=30)


@pytest.fixture
def claude():
    """Anthropic's official client."""
    return anthropic.Anthropic(base_url=GATEWAY, api_key=KEY, max_retries=0, timeout=30)


def google_client(key=KEY):
    """Google's official client."""
    retries = genai.types.HttpRetryOptions(attempts=1)
    options = genai.types.HttpOptions(base_url=GATEWAY, timeout=30_000, retry_options=retries)
    return genai.Client(api_key=key, vertexai=False, http_options=options)


@pytest.fixture
def gemini():
    return google_client()


def healed(url):
    """Hands out a provider and heals it when the test is over."""
    provider = Provider(url)
    yield provider
    provider.play("")


@pytest.fixture
def primary():
    yield from healed(os.environ["PRIMARY_URL"])


@pytest.fixture
def fallback():
    yield from healed(os.environ["FALLBACK_URL"])
