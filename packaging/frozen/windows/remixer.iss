; Inno Setup: the installer for Windows, of the folder that PyInstaller makes with remixer.spec.
; NOT BUILT HERE: written beside the Linux packages, never run. See docs/packages.md. In an environment with
; the wheel and PyInstaller:
;   python packaging\draw.py resources\program\remixer.svg packaging\frozen\remixer.ico 256
;   pyinstaller --distpath build\packages\bundle packaging\frozen\remixer.spec
;   iscc /DVersion=0.1.0 packaging\frozen\windows\remixer.iss
#ifndef Version
  #error Say which version: iscc /DVersion=0.1.0 remixer.iss
#endif

[Setup]
AppId={{7C0C7B35-7B0B-4C61-9E6D-2B8D5E0B7A10}
AppName=Remixer
AppVersion={#Version}
AppPublisher=The Remixer contributors
DefaultDirName={autopf}\Remixer
DefaultGroupName=Remixer
; for this user unless an administrator asks for everyone
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\..\LICENSE
SetupIconFile=..\remixer.ico
UninstallDisplayIcon={app}\remixer.exe
OutputDir=..\..\..\build\packages
OutputBaseFilename=remixer-{#Version}-windows-x86_64
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
ChangesEnvironment=yes
WizardStyle=modern

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "Let me run remixer in a terminal"; Flags: unchecked

[Files]
Source: "..\..\..\build\packages\bundle\remixer\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Remixer"; Filename: "{app}\remixer.exe"; Parameters: "open"
Name: "{autodesktop}\Remixer"; Filename: "{app}\remixer.exe"; Parameters: "open"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\.remix"; ValueType: string; ValueData: "Remixer.Session"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Remixer.Session"; ValueType: string; ValueData: "Remixer session"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Remixer.Session\DefaultIcon"; ValueType: string; ValueData: "{app}\remixer.exe,0"
Root: HKA; Subkey: "Software\Classes\Remixer.Session\shell\open\command"; ValueType: string; ValueData: """{app}\remixer.exe"" open ""%1"""
; offered for audio files, never made the default
Root: HKA; Subkey: "Software\Classes\Applications\remixer.exe\shell\open\command"; ValueType: string; ValueData: """{app}\remixer.exe"" open ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.wav\OpenWithList\remixer.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.flac\OpenWithList\remixer.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.aiff\OpenWithList\remixer.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.mp3\OpenWithList\remixer.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\.m4a\OpenWithList\remixer.exe"; Flags: uninsdeletekey
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NotInPath

[Run]
Filename: "{app}\remixer.exe"; Parameters: "open"; Description: "{cm:LaunchProgram,Remixer}"; Flags: nowait postinstall skipifsilent

; Nothing of the user's is removed: songs and sessions lie where they were saved, settings, models and
; separations in the user's own folders.

[Code]
function NotInPath(): Boolean;
var
  Path: string;
begin
  if not RegQueryStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Path) then
    Path := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Path) + ';') = 0;
end;
