using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace SkyPanel.Functions.Settings;

/// <summary>Stores the key ring in the database, so that all instances share it. Data Protection reads it synchronously, once a
/// day.</summary>
public sealed class DatabaseKeyRing(NpgsqlDataSource database) : IXmlRepository
{
    private const string ListSql = "select xml from cron_service.data_protection_keys order by id";
    private const string AddSql = "insert into cron_service.data_protection_keys (name, xml) values (@name, @xml)";

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.CreateCommand(Commands.Alone(ListSql));
        using var reader = command.ExecuteReader();
        reader.NextResult(); // Skips the result of the transaction settings.
        var elements = new List<XElement>();
        while (reader.Read())
            elements.Add(XElement.Parse(reader.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = database.CreateCommand(Commands.Alone(AddSql));
        command.Parameters.AddWithValue("name", friendlyName);
        command.Parameters.AddWithValue("xml", element.ToString(SaveOptions.DisableFormatting));
        command.ExecuteNonQuery();
    }
}
