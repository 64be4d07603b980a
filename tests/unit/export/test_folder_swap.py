"""Putting a folder under its name: exchanged in one step, or moved and moved back."""

import errno
import os
from pathlib import Path

import pytest

from mouldgen.export import folder_swap
from mouldgen.export.folder_swap import exchange_folders, flush_folder, remove_folder, replace_folder


def make_folder(path, text):
    path.mkdir()
    (path / "file").write_text(text)
    return path


@pytest.fixture
def new(tmp_path):
    return make_folder(tmp_path / "new", "new")


@pytest.fixture
def old(tmp_path):
    return make_folder(tmp_path / "old", "old")


@pytest.fixture
def without_exchange(monkeypatch):
    """Be a system that cannot exchange two names."""
    monkeypatch.setattr(folder_swap, "exchange_folders", lambda _one, _other: False)


def test_two_names_are_exchanged(new, old):
    assert exchange_folders(new, old)
    assert (old / "file").read_text() == "new"
    assert (new / "file").read_text() == "old"


def test_a_name_that_is_not_there_is_an_error(new, tmp_path):
    with pytest.raises(OSError) as caught:  # noqa: PT011
        exchange_folders(new, tmp_path / "absent")
    assert caught.value.errno == errno.ENOENT


def test_a_system_without_the_call_says_so(new, old, monkeypatch):
    monkeypatch.setattr(folder_swap.os, "name", "nt")
    assert not exchange_folders(new, old)
    assert (new / "file").read_text() == "new"


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EINVAL])
def test_a_disk_that_cannot_exchange_says_so(new, old, monkeypatch, number):
    class Library:
        def __init__(self, *_args, **_options):
            pass

        @staticmethod
        def renameat2(*_arguments):
            return -1

    monkeypatch.setattr(folder_swap.ctypes, "CDLL", Library)
    monkeypatch.setattr(folder_swap.ctypes, "get_errno", lambda: number)
    assert not exchange_folders(new, old)


def test_replacing_leaves_the_older_folder_under_the_other_name(new, old, tmp_path):
    replace_folder(new, old, tmp_path / "aside")
    assert (old / "file").read_text() == "new"
    assert (new / "file").read_text() == "old"


@pytest.mark.usefixtures("without_exchange")
def test_without_exchange_the_older_folder_is_moved_aside(new, old, tmp_path):
    replace_folder(new, old, tmp_path / "aside")
    assert (old / "file").read_text() == "new"
    assert (tmp_path / "aside" / "file").read_text() == "old"


@pytest.mark.usefixtures("without_exchange")
def test_without_exchange_a_failed_second_step_is_undone(new, old, tmp_path, monkeypatch):
    rename = Path.rename

    def fail_for_new(self, target):
        if self == new:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(new, old, tmp_path / "aside")
    assert (old / "file").read_text() == "old"
    assert not (tmp_path / "aside").exists()


def test_every_file_and_folder_is_flushed(new, monkeypatch):
    make_folder(new / "inner", "deep")
    flushed = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink())
    )
    flush_folder(new)
    assert set(flushed) == {new, new / "file", new / "inner", new / "inner" / "file"}


def test_removing_what_is_not_there_is_no_error(tmp_path):
    remove_folder(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
