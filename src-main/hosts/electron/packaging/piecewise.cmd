@echo off
rem The command line of the installed app: the same program without a window.
"%~dp0..\..\Piecewise.exe" --cli -- %*
