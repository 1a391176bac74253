"""The vault for agents, over the Model Context Protocol: it parses what they ask, asks the engine, and shapes answers.

What an agent sees is `Vault.given`: an agent is another program. Only the modules `server` and `web` know the library
that speaks the protocol.
"""
