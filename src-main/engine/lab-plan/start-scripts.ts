import type { LabDraft, PlanMachine } from '../../../src-shared/lab.ts';
import { quote } from '../course/config.ts';

/**
 * The scripts that start one machine's peers, for a POSIX shell and for Windows.
 *
 * Piecewise dials a peer that is not there yet once a second, so its peers start at once. Other programs mostly give up
 * when an earlier peer does not answer, so each of a machine's peers waits for the one before it, by a look at this
 * computer's list of listening ports. Earlier machines cannot be looked at like that. Connecting to a peer's port and
 * leaving again would tell, but to the peer this is a neighbour that comes and goes: one that counts its connections,
 * as many do, is then one short. So somebody is asked, and connecting is done only where `--wait port` says so.
 */

/** Machines of which one computer waits for all peers are told of by name, up to so many. */
const mostNamed = 5;

/** What keeps a text from being a command that can stand in a script; undefined when nothing does. */
export function commandFault(command: string): string | undefined {
  if (command.trim() === '') return 'The command is empty; leave it out to start Piecewise.';
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(command)) {
    return `The command must be one line without control characters; it is ${quote(command)}.`;
  }
  return hasOpenQuotation(command)
    ? `The command has a quotation mark that is not closed, or ends in a backslash; it is ${quote(command)}.`
    : undefined;
}

/** As a POSIX shell reads it: the rest of a script would become part of the text. */
function hasOpenQuotation(command: string): boolean {
  let open = '';
  for (let at = 0; at < command.length; at += 1) {
    const letter = command[at]!;
    if (letter === '\\' && open !== "'") {
      at += 1;
      if (at === command.length) return true;
    } else if (open === '') {
      if (letter === '"' || letter === "'" || letter === '`') open = letter;
    } else if (letter === open) {
      open = '';
    }
  }
  return open !== '';
}

interface StartOrder {
  readonly machine: PlanMachine;
  readonly earlier: readonly PlanMachine[];
  readonly next: PlanMachine | undefined;
}

function startOrder({ plan }: LabDraft, index: number): StartOrder {
  return { machine: plan[index]!, earlier: plan.slice(0, index), next: plan[index + 1] };
}

/** Every peer of these machines: all of them are dialled. */
function peersOf(machines: readonly PlanMachine[]) {
  return machines.flatMap(({ name, host, peers }) => peers.map(({ id, port }) => ({ name, host, id, port })));
}

function mustRun(earlier: readonly PlanMachine[]): string {
  const named = earlier.slice(-mostNamed).map(({ name }) => name);
  const more = earlier.length - named.length;
  const all = more > 0 ? [`${more} more`, ...named] : named;
  const list = all.length === 1 ? all[0] : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  return `Before this one, the peers of ${list} must run.`;
}

function whatNext({ machine, next }: StartOrder): string {
  const started = `All peers of ${machine.name} are started.`;
  return next === undefined ? started : `${started} The next machine to start is ${next.name}.`;
}

/** `run_peers.sh`, for any POSIX shell. */
export function shellScript(draft: LabDraft, index: number): string {
  const order = startOrder(draft, index);
  const { machine } = order;
  const { command } = draft;
  const words = command ?? '"$@" peer';
  const parts = [
    shellHead(machine, command),
    command === null ? shellPiecewise : shellWait(order),
    shellFunctions(command === null),
    ...machine.peers.map(({ id, port }) =>
      [
        `if begin ${id}; then`,
        `  ${words} ${id} >peer_${id}.out.txt 2>&1 &`,
        `  began ${id} $! ${port}`,
        'fi',
      ].join('\n'),
    ),
    `[ "$interrupts" -gt 0 ] || say ${shellWord(whatNext(order))}`,
    shellEnd,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A text as one word of a shell, whatever it holds. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function shellHead({ name, peers }: PlanMachine, command: string | null): string {
  const ids = peers.map(({ id }) => id).join(' ');
  const usage =
    command === null
      ? [
          '# Usage: sh run_peers.sh',
          '# PIECEWISE may name the program, or its piecewise.js, where it is not found.',
        ]
      : [
          '# Usage: sh run_peers.sh [--wait ask|port|none]',
          '#   ask   asks whether earlier machines run; the usual way in a terminal',
          '#   port  connects to the ports of earlier peers until they answer. To some programs a connection that',
          '#         comes and goes is a neighbour lost: use it where yours does not mind',
          '#   none  starts at once; the usual way where nobody can be asked',
        ];
  return [
    '#!/bin/sh',
    `# Starts the peers of ${name}, in order: ${ids}`,
    ...usage,
    '# Ctrl-C ends them. Exit codes: 0 all ended well, 1 one did not, 2 nothing was begun, 130 interrupted.',
    '',
    'CDPATH= cd -- "$(dirname -- "$0")" || exit 2',
    'say() { printf \'%s\\n\' "$1"; }',
  ].join('\n');
}

const shellPiecewise = `installed=/Applications/Piecewise.app/Contents/Resources/bin/piecewise
case "\${PIECEWISE:-}" in
  '')
    if command -v piecewise >/dev/null 2>&1; then
      set -- piecewise
    elif [ -x "$installed" ]; then
      set -- "$installed"
    else
      say 'Piecewise is not found. Install it, or let PIECEWISE name it: PIECEWISE=/path/to/piecewise sh run_peers.sh' >&2
      exit 2
    fi ;;
  *.js) set -- node "$PIECEWISE" ;;
  *) set -- "$PIECEWISE" ;;
esac`;

function shellWait({ earlier }: StartOrder): string {
  const usage = 'Usage: sh run_peers.sh [--wait ask|port|none]';
  const options = `wait_mode=none
if [ -t 0 ]; then wait_mode=ask; fi
if [ "\${1:-}" = --wait ]; then wait_mode=\${2:-}; elif [ $# -gt 0 ]; then wait_mode=; fi
case $wait_mode in
  ask | port | none) ;;
  *) say '${usage}' >&2; exit 2 ;;
esac`;
  if (earlier.length === 0) return options;
  const waits = peersOf(earlier).map(
    ({ name, host, id, port }) => `  wait_for ${host} ${port} ${shellWord(`peer ${id} of ${name}`)}`,
  );
  return `${options}

answers() {
  if command -v nc >/dev/null 2>&1; then
    nc -z -w 2 "$1" "$2" >/dev/null 2>&1
  else
    bash -c ': >"/dev/tcp/$1/$2"' bash "$1" "$2" >/dev/null 2>&1
  fi
}

give_up_at=$(($(date +%s) + 600))
wait_for() {
  said=
  until answers "$1" "$2"; do
    if [ -z "$said" ]; then say "Waiting for $3 at $1, port $2 ..."; said=yes; fi
    if [ "$(date +%s)" -ge "$give_up_at" ]; then
      say "Within 10 minutes $3 did not answer at $1, port $2. Start it, then this again." >&2
      exit 1
    fi
    sleep 1
  done
}

if [ "$wait_mode" = ask ]; then
  say ${shellWord(mustRun(earlier))}
  printf 'Press Enter when they do, or Ctrl-C to leave it. '
  read -r answer
elif [ "$wait_mode" = port ]; then
${waits.join('\n')}
else
  say ${shellWord(`${mustRun(earlier)} Not waiting for them.`)}
fi`;
}

function shellFunctions(isPiecewise: boolean): string {
  // A terminal sends its Ctrl-C to Piecewise as well, which ends tidily at the first and at once at the second. Other
  // programs do not get it, since a shell lets what it starts beside itself ignore it.
  const passOn = isPiecewise ? '[ "$1" = TERM ] || [ "$interrupts" -gt 1 ] || return' : undefined;
  const stop = [
    'stop() {',
    '  interrupts=$((interrupts + 1))',
    ...(passOn === undefined ? [] : [`  ${passOn}`]),
    `  for entry in $started; do kill -TERM "\${entry#*:}" 2>/dev/null; done`,
    '}',
  ];
  const began = isPiecewise
    ? ['began() { started="$started $1:$2"; }']
    : [
        '# The next peer dials this one, so it waits until this computer lists the port as listened at.',
        'listens() {',
        '  if [ -r /proc/net/tcp ]; then',
        '    grep -qs ":$(printf %04X "$1") [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6',
        '  else',
        '    netstat -an 2>/dev/null | grep -i listen | grep -q "[.:]$1[[:space:]]"',
        '  fi',
        '}',
        '',
        'began() {',
        '  started="$started $1:$2"',
        '  left=30',
        '  until listens "$3" || [ "$interrupts" -gt 0 ] || ! kill -0 "$2" 2>/dev/null; do',
        '    left=$((left - 1))',
        '    if [ "$left" -eq 0 ]; then say "Peer $1 does not listen at port $3 so far. Going on."; return; fi',
        '    sleep 1',
        '  done',
        '}',
      ];
  return [
    'interrupts=0',
    'started=',
    ...stop,
    "trap 'stop INT' INT",
    "trap 'stop HUP' HUP",
    "trap 'stop TERM' TERM",
    '',
    'begin() {',
    '  [ "$interrupts" -eq 0 ] || return 1',
    '  mkdir -p "peer_$1"',
    '  if [ -e "peer_$1.out.txt" ]; then mv -f "peer_$1.out.txt" "peer_$1.out.txt.previous"; fi',
    '  say "Starting peer $1. What it prints goes to peer_$1.out.txt."',
    '}',
    '',
    ...began,
  ].join('\n');
}

const shellEnd = `failed=0
for entry in $started; do
  wait "\${entry#*:}"
  code=$?
  # A signal ends the waiting, not the peer.
  while kill -0 "\${entry#*:}" 2>/dev/null; do
    wait "\${entry#*:}"
    code=$?
  done
  if [ "$code" -eq 0 ]; then
    say "Peer \${entry%%:*} ended well."
  else
    say "Peer \${entry%%:*} ended with code $code; peer_\${entry%%:*}.out.txt says why."
    failed=1
  fi
done
if [ "$interrupts" -gt 0 ]; then exit 130; fi
exit "$failed"`;

/** `run_peers.bat`, with plain line ends. */
export function batchScript(draft: LabDraft, index: number): string {
  const order = startOrder(draft, index);
  const { machine } = order;
  const { command } = draft;
  const ids = machine.peers.map(({ id }) => id);
  const parts = [
    batchHead(machine, command),
    command === null ? batchPiecewise : batchWait(order),
    ...machine.peers.map(({ id, port }) =>
      [`call :begin ${id}`, ...(command === null ? [] : [`call :began ${id} ${port}`])].join('\n'),
    ),
    echo(whatNext(order)),
    [
      ':wait',
      'ping -n 2 127.0.0.1 >nul',
      ...ids.map(id => `if not exist peer_${id}.ended.txt goto wait`),
    ].join('\n'),
    ['set failed=0', ...ids.map(id => `call :result ${id}`)].join('\n'),
    batchEnd,
    batchRoutines(command === null),
    ...ids.map(id => batchPeer(id, command)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A text within a line of a batch file, where no quotation is open. */
function batchText(text: string): string {
  return text.replace(/[\^&<>|()"]/g, '^$&').replaceAll('%', '%%');
}

function echo(text: string): string {
  return `echo ${batchText(text)}`;
}

function batchHead({ name, peers }: PlanMachine, command: string | null): string {
  const ids = peers.map(({ id }) => id).join(' ');
  const usage =
    command === null
      ? ['rem PIECEWISE may name the program, or its piecewise.js, where it is not found.']
      : [
          'rem Usage: run_peers.bat [--wait ask^|port^|none]',
          'rem   ask   asks whether earlier machines run; the usual way',
          'rem   port  connects to the ports of earlier peers until they answer. To some programs a connection',
          'rem         that comes and goes is a neighbour lost: use it where yours does not mind',
          'rem   none  starts at once',
        ];
  return [
    '@echo off',
    'setlocal EnableExtensions DisableDelayedExpansion',
    'chcp 65001 >nul',
    'pushd "%~dp0" || exit /b 2',
    'if "%~1"=="--peer" goto peer_%~2',
    `rem Starts the peers of ${batchText(name)}, in order: ${ids}`,
    ...usage,
    'rem Each has a window of its own; closing it ends the peer. Exit codes: 0 all ended well, 1 one did not,',
    'rem 2 nothing was begun. Without arguments the window stays open at the end.',
    'set "argument=%~1"',
  ].join('\n');
}

const batchPiecewise = `if defined PIECEWISE goto found
where piecewise >nul 2>nul && goto found
set "PIECEWISE=%LOCALAPPDATA%\\Programs\\Piecewise\\resources\\bin\\piecewise.cmd"
if exist "%PIECEWISE%" goto found
set "PIECEWISE=%ProgramFiles%\\Piecewise\\resources\\bin\\piecewise.cmd"
if exist "%PIECEWISE%" goto found
echo Piecewise is not found. Install it, or let PIECEWISE name it: set PIECEWISE=C:\\path\\to\\piecewise.exe
popd
if not defined argument pause
exit /b 2
:found`;

function batchWait({ earlier }: StartOrder): string {
  const options = [
    'set mode=ask',
    'if defined argument set "mode=%~2"',
    'if defined argument if not "%argument%"=="--wait" set mode=wrong',
    'if "%mode%"=="ask" goto wait_ask',
    'if "%mode%"=="port" goto wait_port',
    'if "%mode%"=="none" goto waited',
    echo('Usage: run_peers.bat [--wait ask|port|none]'),
    'popd',
    'exit /b 2',
  ];
  const asked =
    earlier.length === 0
      ? []
      : [
          echo(mustRun(earlier)),
          'set /p "answer=Press Enter when they do, or close this window to leave it. "',
        ];
  const ports = peersOf(earlier).flatMap(({ host, port, id, name }) => [
    `set "host=${host.replaceAll('%', '%%')}"`,
    `set port=${port}`,
    echo(`Waiting for peer ${id} of ${name} at ${host}, port ${port} ...`),
    'call :answers || goto unanswered',
  ]);
  return [...options, ':wait_ask', ...asked, 'goto waited', ':wait_port', ...ports, ':waited'].join('\n');
}

const batchEnd = `popd
if not defined argument pause
exit /b %failed%`;

function batchRoutines(isPiecewise: boolean): string {
  const routines = [
    `:begin
echo Starting peer %1. What it prints goes to peer_%1.out.txt.
if not exist "peer_%1\\" mkdir "peer_%1"
if exist peer_%1.ended.txt del peer_%1.ended.txt
if exist peer_%1.out.txt move /y peer_%1.out.txt peer_%1.out.txt.previous >nul
start "Peer %1" /min cmd /d /c .\\run_peers.bat --peer %1
exit /b 0`,
    `:result
set "code="
set /p code=<peer_%1.ended.txt
del peer_%1.ended.txt
if "%code%"=="0" (
  echo Peer %1 ended well.
) else (
  echo Peer %1 ended with code %code%; peer_%1.out.txt says why.
  set failed=1
)
exit /b 0`,
  ];
  if (isPiecewise) {
    routines.push(`:piecewise
if not defined PIECEWISE goto piecewise_on_path
set "PIECEWISE=%PIECEWISE:"=%"
if /i "%PIECEWISE:~-3%"==".js" goto piecewise_script
call "%PIECEWISE%" peer %1
exit /b
:piecewise_on_path
call piecewise peer %1
exit /b
:piecewise_script
node "%PIECEWISE%" peer %1
exit /b`);
  } else {
    // netstat's words for the state differ by language; the other side's port of a listener is 0 in all of them.
    routines.push(
      `rem The next peer dials this one, so it waits until this computer lists the port as listened at.
:began
set left=30
:began_again
netstat -an | findstr /r /c:":%2 .*:0 " >nul && exit /b 0
if exist peer_%1.ended.txt exit /b 0
set /a left-=1
if %left% leq 0 goto began_late
ping -n 2 127.0.0.1 >nul
goto began_again
:began_late
echo Peer %1 does not listen at port %2 so far. Going on.
exit /b 0`,
      `:answers
set tries=300
:answers_again
powershell -NoProfile -Command "try { $null = New-Object Net.Sockets.TcpClient('%host%', %port%); exit 0 } catch { exit 1 }" && exit /b 0
set /a tries-=1
if %tries% leq 0 exit /b 1
ping -n 2 127.0.0.1 >nul
goto answers_again`,
      `:unanswered
echo There was no answer from %host%, port %port%. Start it, then this again.
popd
if not defined argument pause
exit /b 1`,
    );
  }
  return routines.join('\n\n');
}

/** What runs in a peer's own window, where only it may wait for the peer's end. */
function batchPeer(id: string, command: string | null): string {
  // `call`, for otherwise a command that is a batch file itself never comes back.
  const run = command === null ? `call :piecewise ${id}` : `call ${command} ${id}`;
  return [
    `:peer_${id}`,
    `${run} >peer_${id}.out.txt 2>&1`,
    `>peer_${id}.ended.txt echo %errorlevel%`,
    'exit',
  ].join('\n');
}
