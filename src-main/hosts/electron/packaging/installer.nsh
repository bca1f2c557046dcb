; What the one-click installer does besides. As an administrator, with /ALLUSERS (silently: /S /ALLUSERS), it installs for
; everybody and lets Piecewise through the Windows firewall. Without, it is for the user who runs it.

; Gives a one-click installer the templates' macro for all users.
!define INSTALL_MODE_PER_ALL_USERS_REQUIRED
!define FIREWALL_RULE "Piecewise"
!define MAGNET_CLASS "Software\Classes\Piecewise.magnet"
!define CAPABILITIES "Software\Piecewise\Capabilities"
!define OPEN_COMMAND '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'

!macro customInit
  ${If} ${isForAllUsers}
    ${IfNot} ${UAC_IsAdmin}
      MessageBox MB_OK|MB_ICONSTOP "To install Piecewise for all users, run this as an administrator." /SD IDOK
      ; ERROR_ACCESS_DENIED
      SetErrorLevel 5
      Quit
    ${EndIf}
    !insertmacro setInstallModePerAllUsers
  ${EndIf}
!macroend

; Asks for an administrator by itself.
!macro customUnInit
  ${If} ${isForAllUsers}
    !insertmacro setInstallModePerAllUsers
  ${EndIf}
!macroend

!macro deleteFirewallRule
  nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="${FIREWALL_RULE}"'
  Pop $0
!macroend

!macro writeMagnetClass KEY
  WriteRegStr SHELL_CONTEXT "${KEY}" "" "Magnet link"
  WriteRegStr SHELL_CONTEXT "${KEY}" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "${KEY}\shell\open\command" "" '${OPEN_COMMAND}'
!macroend

!macro customInstall
  ${If} $installMode == "all"
    !insertmacro deleteFirewallRule
    nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall add rule name="${FIREWALL_RULE}" dir=in action=allow program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" profile=private,domain enable=yes'
    Pop $0
  ${EndIf}
  ; Windows offers it for magnet links; it takes them from nobody who has them.
  !insertmacro writeMagnetClass "${MAGNET_CLASS}"
  WriteRegStr SHELL_CONTEXT "${CAPABILITIES}" "ApplicationName" "Piecewise"
  WriteRegStr SHELL_CONTEXT "${CAPABILITIES}\URLAssociations" "magnet" "Piecewise.magnet"
  WriteRegStr SHELL_CONTEXT "Software\RegisteredApplications" "Piecewise" "${CAPABILITIES}"
  ReadRegStr $0 HKCR "magnet\shell\open\command" ""
  ${If} $0 == ""
    !insertmacro writeMagnetClass "Software\Classes\magnet"
  ${EndIf}
!macroend

!macro customUnInstall
  ${If} $installMode == "all"
    !insertmacro deleteFirewallRule
  ${EndIf}
  ReadRegStr $0 SHELL_CONTEXT "Software\Classes\magnet\shell\open\command" ""
  ${If} $0 == '${OPEN_COMMAND}'
    DeleteRegKey SHELL_CONTEXT "Software\Classes\magnet"
  ${EndIf}
  DeleteRegKey SHELL_CONTEXT "${MAGNET_CLASS}"
  DeleteRegValue SHELL_CONTEXT "Software\RegisteredApplications" "Piecewise"
  DeleteRegKey SHELL_CONTEXT "Software\Piecewise"
!macroend
