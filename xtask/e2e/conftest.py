"""What the tests share: the SDK's client, the gateway's address, and a hand on the simulated providers."""

import os
import urllib.request

import openai
import pytest

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


@pytest.fixture
def client():
    """The official client, with its own retries off: what it sees is what the gateway said."""
    return openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, timeout=30)


@pytest.fixture
def primary():
    provider = Provider(os.environ["PRIMARY_URL"])
    yield provider
    provider.play("")


@pytest.fixture
def fallback():
    provider = Provider(os.environ["FALLBACK_URL"])
    yield provider
    provider.play("")
