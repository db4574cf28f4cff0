"""One Streamlit page a file; `main.py` is the entry."""
