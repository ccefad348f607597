"""The memory inside agent frameworks: one module for each, which needs the extra of its name.

``telltale.agents.openai_agents``, ``telltale.agents.pydantic_ai``, ``telltale.agents.langgraph``.
"""
