"""One libtorrent peer: seeds or downloads one torrent, over TCP in plain text and nothing else.

The first line of standard input says what is wanted, in JSON; further lines are commands. Standard output is one
JSON object per line, each an event. The process ends when standard input does. Times are in milliseconds since the
epoch, rates in bytes per second.

First line: {"torrent": FILE or "magnet": LINK, "folder": DIR, "host": HOST, "port": PORT, "settings": {...}}
Commands:   {"do": "connect", "host": HOST, "port": PORT}
            {"do": "limit", "upload": RATE, "download": RATE}      0: none
            {"do": "status"}                                       answered by the event "status"
            {"do": "peers"}                                        answered by the event "peers"
Or, instead of the first line, {"make": PATH, "pieceLength": N, "torrent": FILE}: makes a v1 torrent, says its
info-hash, and ends.
"""

import json
import os
import resource
import sys
import threading
import time

import libtorrent as lt


def say(event, **facts):
    sys.stdout.write(json.dumps({"event": event, "atMs": int(time.time() * 1000), **facts}, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def used():
    """What this process has used of the machine, of all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpuSeconds": usage.ru_utime + usage.ru_stime, "peakBytes": usage.ru_maxrss * 1024}


def files_below(path):
    """Depth first, each folder by the bytes of its names: libtorrent's own order is the disk's, which is no order."""
    if not os.path.isdir(path):
        return [path]
    names = sorted(os.listdir(path), key=os.fsencode)
    return [file for name in names for file in files_below(os.path.join(path, name))]


def make(wish):
    path = wish["make"]
    files = lt.file_storage()
    for file in files_below(path):
        files.add_file(os.path.relpath(file, os.path.dirname(path)), os.path.getsize(file))
    torrent = lt.create_torrent(files, wish["pieceLength"], lt.create_torrent.v1_only)
    for url in wish.get("trackers", []):
        torrent.add_tracker(url)
    lt.set_piece_hashes(torrent, os.path.dirname(path))
    encoded = lt.bencode(torrent.generate())
    with open(wish["torrent"], "wb") as file:
        file.write(encoded)
    say("made", infoHash=str(lt.torrent_info(lt.bdecode(encoded)).info_hashes().v1))


def settings_of(wish):
    return {
        "listen_interfaces": "%s:%d" % (wish["host"], wish["port"]),
        "outgoing_interfaces": wish["host"],
        "enable_outgoing_utp": False,
        "enable_incoming_utp": False,
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "out_enc_policy": int(lt.enc_policy.pe_disabled),
        "in_enc_policy": int(lt.enc_policy.pe_enabled),
        # Everybody here has one address, or one of a few.
        "allow_multiple_connections_per_ip": True,
        "min_reconnect_time": 1,
        # Listen on the port that was asked for, or say that it cannot be had.
        "max_retry_port_bind": 0,
        "alert_mask": lt.alert.category_t.error_notification
        | lt.alert.category_t.status_notification
        | lt.alert.category_t.tracker_notification
        | lt.alert.category_t.connect_notification
        | lt.alert.category_t.storage_notification,
        **wish.get("settings", {}),
    }


def torrent_of(wish):
    if "magnet" in wish:
        params = lt.parse_magnet_uri(wish["magnet"])
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(wish["torrent"])
    params.save_path = wish["folder"]
    flags = lt.torrent_flags
    params.flags &= ~(flags.auto_managed | flags.paused)
    return params


def obey(handle, command):
    what = command["do"]
    if what == "connect":
        handle.connect_peer((command["host"], command["port"]))
    elif what == "limit":
        handle.set_upload_limit(command.get("upload", 0))
        handle.set_download_limit(command.get("download", 0))
    elif what == "status":
        status = handle.status()
        say(
            "status",
            progress=status.progress,
            state=str(status.state),
            peers=status.num_peers,
            downRate=status.download_payload_rate,
            upRate=status.upload_payload_rate,
            down=status.total_payload_download,
            up=status.total_payload_upload,
            failedBytes=status.total_failed_bytes,
            redundantBytes=status.total_redundant_bytes,
            **used(),
        )
    elif what == "peers":
        peers = [
            {
                "address": "%s:%d" % peer.ip,
                "client": peer.client.decode("utf-8", "replace"),
                "down": peer.total_download,
                "up": peer.total_upload,
                "hashFails": peer.num_hashfails,
            }
            for peer in handle.get_peer_info()
        ]
        say("peers", peers=peers)
    else:
        say("error", message="unknown command " + what)


def obey_all(handle, ended):
    for line in sys.stdin:
        try:
            obey(handle, json.loads(line))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            say("error", message="%s: %s" % (line.strip(), error))
    ended.set()


def tell(alert, handle):
    kind = type(alert).__name__
    if kind == "torrent_finished_alert":
        status = handle.status()
        say("complete", down=status.total_payload_download, **used())
        handle.flush_cache()
    elif kind == "cache_flushed_alert":
        if handle.status().is_finished:
            say("written")
    elif kind == "torrent_checked_alert":
        status = handle.status()
        say("ready", progress=status.progress, isSeeding=status.is_seeding, **used())
    elif kind == "metadata_received_alert":
        say("metadata", infoHash=str(alert.handle.info_hashes().v1))
    elif kind == "peer_connect_alert":
        say("connected", address="%s:%d" % alert.ip)
    elif kind == "peer_disconnected_alert":
        say("disconnected", address="%s:%d" % alert.ip, message=alert.message())
    elif kind == "peer_ban_alert":
        say("banned", address="%s:%d" % alert.ip)
    elif kind == "hash_failed_alert":
        say("hash-failed", piece=alert.piece_index)
    elif kind == "tracker_reply_alert":
        say("tracker", url=alert.url, peers=alert.num_peers)
    elif kind in ("tracker_error_alert", "tracker_warning_alert"):
        say("tracker-failed", message=alert.message())
    elif kind in ("listen_failed_alert", "torrent_error_alert", "file_error_alert", "metadata_failed_alert"):
        say("error", message=alert.message())
    elif kind == "peer_error_alert":
        say("peer-error", message=alert.message())


def run(wish):
    session = lt.session(settings_of(wish))
    handle = session.add_torrent(torrent_of(wish))
    for peer in wish.get("peers", []):
        handle.connect_peer((peer["host"], peer["port"]))
    say("started", infoHash=str(handle.info_hashes().v1), version=lt.__version__)
    ended = threading.Event()
    threading.Thread(target=obey_all, args=(handle, ended), daemon=True).start()
    while not ended.is_set():
        session.wait_for_alert(200)
        for alert in session.pop_alerts():
            tell(alert, handle)
    say("ended", **used())
    # Without a last word to trackers and disk threads, which would take seconds.
    os._exit(0)


def main():
    wish = json.loads(sys.stdin.readline())
    if "make" in wish:
        make(wish)
    else:
        run(wish)


main()
