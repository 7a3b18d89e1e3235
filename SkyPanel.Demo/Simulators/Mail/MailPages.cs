using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>Serves the mails and faults of a mail sink over HTTP.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>GET /mails</c>: all mails; <c>GET /mails/{number}</c>: one as sent; <c>DELETE /mails</c> deletes all.</item>
/// <item><c>POST /faults</c> with <c>{"kind":"down"}</c>, <c>{"kind":"hang"}</c> or <c>{"kind":"refuse","address":"a@example.com"}</c>;
/// <c>DELETE /faults</c> ends them.</item>
/// </list>
/// </remarks>
internal static class MailPages
{
    public static void Map(WebApplication app, MailSink sink)
    {
        app.MapGet("/mails", () =>
            TypedResults.Json(sink.Mails.Select(mail => new { mail.Number, mail.ReceivedAt, mail.From, mail.To,
            Subject = SubjectOf(mail.Data) })));
        app.MapGet("/mails/{number:int}", IResult (int number) =>
            sink.Mails.FirstOrDefault(mail => mail.Number == number) is { } found ? TypedResults.Text(found.Data)
                : TypedResults.NotFound());
        app.MapDelete("/mails", () =>
        {
            sink.Empty();
            return TypedResults.NoContent();
        });
        app.MapPost("/faults", IResult (MailFaultOrder order) =>
        {
            switch (order.Kind)
            {
                case "down":
                    sink.GoDown();
                    break;
                case "hang":
                    sink.Faults.HangsAt = "MAIL";
                    break;
                case "refuse" when order.Address.Length > 0:
                    sink.Faults.Refuse(order.Address);
                    break;
                default:
                    return TypedResults.BadRequest("kind must be down, hang or refuse (with address).");
            }
            return TypedResults.NoContent();
        });
        app.MapDelete("/faults", () =>
        {
            sink.Faults.Clear();
            sink.Listen();
            return TypedResults.NoContent();
        });
    }

    private static string SubjectOf(string data) =>
        data.Split("\r\n").TakeWhile(line => line.Length > 0)
            .FirstOrDefault(line => line.StartsWith("Subject: ", StringComparison.OrdinalIgnoreCase))?["Subject: ".Length..] ?? "";
}

/// <summary>A request for a fault.</summary>
internal sealed record MailFaultOrder
{
    public string Kind { get; init; } = "";
    public string Address { get; init; } = "";
}
